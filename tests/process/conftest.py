"""Tests that start processes of their own, with fakes in place of TensorFlow and Node."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SIZEWISE_CACHE", str(tmp_path / "cache"))
