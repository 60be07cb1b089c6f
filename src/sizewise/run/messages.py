"""What the parent and a worker process say to each other; every message is pickled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sizewise.domain import Group, ModelSpec, Record, Target
from sizewise.errors import SizewiseError
from sizewise.run.kept import Keys


@dataclass(frozen=True, slots=True)
class Prepare:
    """Check models and data before anything is written, and bring the runtimes up."""

    models: tuple[ModelSpec, ...]
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class RunGroup:
    """Run a group's jobs; artifacts go below ``folder``.

    ``environment`` describes where that happens, and ``timing`` says whether anything else is at
    work beside it. ``store`` is where results are kept under ``keys``, None for nowhere; with
    ``fresh``, nothing is taken from there.
    """

    group: Group
    folder: Path
    brotli_level: int
    environment: Mapping[str, str | int]
    timing: str = "serial"
    store: str | None = None
    keys: Keys = field(default_factory=Keys)
    fresh: bool = False


Command = Prepare | RunGroup


@dataclass(frozen=True, slots=True)
class Preparing:
    """Something that is done once is under way."""

    message: str


@dataclass(frozen=True, slots=True)
class Working:
    """A stage has begun that these jobs share; whatever goes wrong now concerns them all."""

    job_ids: tuple[str, ...]
    stage: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A job has ended, well or not.

    ``kept_as`` is the key in the store under which its row and its artifact are, if they are.
    """

    record: Record
    kept_as: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The command is carried out; ``environment`` answers ``Prepare``."""

    environment: Mapping[str, str | int] | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The command cannot be carried out, through a mistake of the user's."""

    error: SizewiseError


@dataclass(frozen=True, slots=True)
class Broken:
    """The command failed by a fault of ours; ``error`` is a line, ``trace`` the traceback."""

    error: str
    trace: str


Event = Preparing | Working | Finished | Done | Refused | Broken
