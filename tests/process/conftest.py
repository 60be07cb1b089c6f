"""Tests that start processes of their own, with fakes in place of TensorFlow and Node."""

from __future__ import annotations

import pytest

from support import crew
from support.processes import MARK


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SIZEWISE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def mark(tmp_path, monkeypatch):
    monkeypatch.setenv(MARK, str(tmp_path))
    return str(tmp_path)


@pytest.fixture
def suite(tmp_path):
    path = tmp_path / "suite.yaml"
    path.write_text(crew.SUITE.replace("[none, prune50]", "[none, prune50, prune60]"))
    return path
