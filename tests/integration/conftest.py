"""One cache for all integration tests of a session, empty at its start."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory):
    """The folder where models are trained to and TF.js is installed to, once."""
    if not os.environ.get("SIZEWISE_CACHE"):
        os.environ["SIZEWISE_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    return os.environ["SIZEWISE_CACHE"]
