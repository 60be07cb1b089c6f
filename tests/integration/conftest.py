"""One cache and one run of the quickstart for all integration tests of a session."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from support.terminal import sizewise, sizewise_here


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory):
    """The folder where models are trained to and TF.js is installed to, once."""
    if not os.environ.get("SIZEWISE_CACHE"):
        os.environ["SIZEWISE_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    return os.environ["SIZEWISE_CACHE"]


@dataclass(frozen=True)
class Quickstart:
    """The newcomer's command, carried out. What changes files does so in a copy of ``folder``."""

    folder: Path
    arguments: tuple[str, ...]
    done: CompletedProcess

    @property
    def runs(self) -> Path:
        """The folder of the suite's runs, of which there is one."""
        return self.folder / "results" / "runs" / "quickstart"


@pytest.fixture(scope="session")
def quickstart(root, tmp_path_factory, shared_cache):
    """``sizewise run configs/quickstart.yaml``, in a folder with nothing but ``configs``."""
    folder = tmp_path_factory.mktemp("quickstart")
    shutil.copytree(root / "configs", folder / "configs")
    arguments = ("run", "configs/quickstart.yaml")
    done = sizewise(*arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return Quickstart(folder, arguments, done)


@dataclass(frozen=True)
class TunedDigits:
    """A model of the zoo, tuned by a command in a folder with nothing else."""

    folder: Path
    arguments: tuple[str, ...]
    done: CompletedProcess

    @property
    def out(self):
        """Where its trials are."""
        return self.folder / "results" / "tuned" / "digits-cnn"


@pytest.fixture(scope="session")
def tuned_digits(tmp_path_factory, shared_cache):
    """The command of the page on tuning, carried out."""
    folder = tmp_path_factory.mktemp("tuned")
    model = ("zoo:digits-cnn", "--data", "zoo:digits-cnn", "--metric", "accuracy")
    limits = ("--max-drop", "1 pp", "--agreement", "98%", "--trials", "3")
    arguments = ("tune", *model, *limits)
    done = sizewise_here(*arguments, cwd=folder)
    assert done.returncode == 0, done.stdout
    return TunedDigits(folder, arguments, done)
