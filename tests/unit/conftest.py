"""Unit tests cannot reach anything slow: importing TensorFlow fails here."""

from __future__ import annotations

import importlib.abc
import sys

import pytest

SLOW = ("tensorflow", "tf_keras", "keras", "tensorflowjs", "tensorflow_model_optimization")


class _Barrier(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] in SLOW:
            raise ImportError(f"a unit test imports {fullname}: it belongs below tests/integration")


@pytest.fixture(autouse=True)
def _no_tensorflow(monkeypatch):
    loaded = [name for name in sys.modules if name.partition(".")[0] in SLOW]
    if not loaded:
        monkeypatch.setattr(sys, "meta_path", [_Barrier(), *sys.meta_path])


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SIZEWISE_CACHE", str(tmp_path / "cache"))
