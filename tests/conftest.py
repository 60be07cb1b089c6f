"""What all tests share: real data where it is at hand, and a cache of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A pull request needs an answer soon; HYPOTHESIS_PROFILE=thorough looks further.
settings.register_profile("quick", max_examples=25, deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# tensorflowjs imports TF-DF, whose welcome message needs IPython when stdout is captured.
os.environ.setdefault("TFDF_DISABLE_WELCOME_MESSAGE", "1")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def kws() -> Path:
    """The folder with the keyword-spotting model and its inputs."""
    named = os.environ.get("SIZEWISE_KWS")
    folder = Path(named) if named else ROOT.parent / "shared" / "data" / "kws"
    if not (folder / "kws01.npz").is_file():
        pytest.skip("no keyword-spotting data: set SIZEWISE_KWS to its folder")
    return folder.resolve()
