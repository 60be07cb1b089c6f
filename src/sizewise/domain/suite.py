"""What is asked for: suites, models, transforms, encodings, jobs and their ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Target(StrEnum):
    """The format that an artifact is written in."""

    TFJS = "tfjs"
    TFLITE = "tflite"


ENCODINGS: Mapping[Target, tuple[str, ...]] = {
    Target.TFJS: ("float32", "float16", "uint16", "uint8"),
    Target.TFLITE: ("float32", "float16", "dynamic_int8", "int8"),
}
"""The encodings of each target, from the most exact to the smallest."""

CALIBRATED_ENCODINGS = frozenset({"int8"})
"""Encodings whose conversion runs the model on calibration samples."""

METRICS = ("accuracy", "mae", "rmse")
"""Names of the metrics that a model can be judged by."""

ZOO_MODELS = ("digits-cnn", "diabetes-mlp")
"""Names behind ``zoo:``, for models and for their data alike."""


class SourceKind(StrEnum):
    """What has to be opened to get a model."""

    ZOO = "zoo"
    SAVED_MODEL = "saved_model"
    KERAS = "keras"


@dataclass(frozen=True, slots=True)
class Location:
    """Where in a file something was written; lines count from 1."""

    file: Path
    line: int | None = None

    def __str__(self) -> str:
        return str(self.file) if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Source:
    """What to open: a zoo name, or the path of a SavedModel folder or a Keras file."""

    kind: SourceKind
    location: str
    at: Location | None = None

    def __str__(self) -> str:
        return f"zoo:{self.location}" if self.kind is SourceKind.ZOO else self.location


@dataclass(frozen=True, slots=True)
class DataSource:
    """Samples to judge a model on: ``zoo:NAME`` or the path of an ``.npz``.

    ``limit`` draws that many samples at random, without replacement, with ``seed``.
    """

    location: str
    limit: int | None = None
    seed: int = 0
    at: Location | None = None

    @property
    def zoo_name(self) -> str | None:
        """The name behind ``zoo:``, or None for a path."""
        return self.location.removeprefix("zoo:") if self.location.startswith("zoo:") else None


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of the metric may be lost: absolute, or as a share of the reference."""

    value: float
    relative: bool = False

    def absolute(self, reference: float) -> float:
        """The limit in the metric's own unit, given the reference's metric."""
        return self.value * abs(reference) if self.relative else self.value


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model of a suite: what to open, what to judge it on, and by which metric."""

    name: str
    source: Source
    data: DataSource
    metric: str
    max_drop: Limit
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Prune:
    """Magnitude pruning of every kernel, each tensor on its own, to ``sparsity`` in (0, 1)."""

    sparsity: float

    @property
    def name(self) -> str:
        """``prune80`` for a sparsity of 0.8."""
        return f"prune{self.sparsity * 100:g}"


@dataclass(frozen=True, slots=True)
class Transform:
    """A change to the weights: steps applied in order; no step at all is ``none``."""

    steps: tuple[Prune, ...] = ()

    @property
    def name(self) -> str:
        """The steps' names joined by ``+``, or ``none``."""
        return "+".join(step.name for step in self.steps) or "none"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How weights are stored in an artifact.

    ``patterns`` maps a storage type to shell patterns over weight names, for the encodings
    that treat weights differently; it is None where one type holds for all.
    """

    name: str
    patterns: Mapping[str, tuple[str, ...]] | None = None


_JOB_ID = re.compile(
    r"(?P<model>[A-Za-z0-9][\w.-]*)(?:/(?P<transform>[A-Za-z0-9][\w.+-]*))?"
    r"/(?P<encoding>[A-Za-z0-9][\w.-]*)@(?P<target>[a-z-]+)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, order=True)
class JobId:
    """The name of a job: ``model[/transform]/encoding@target``; no transform is left out.

    Grammar: ``model``, ``encoding`` and ``target`` are ``[A-Za-z0-9][A-Za-z0-9._-]*``;
    a transform is step names joined by ``+``.
    """

    model: str
    transform: str
    encoding: str
    target: Target

    @classmethod
    def parse(cls, text: str) -> JobId:
        """The inverse of ``str``. Raises ValueError where ``text`` is no job id."""
        match = _JOB_ID.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no job id: expected model[/transform]/encoding@target")
        return cls(
            match["model"], match["transform"] or "none", match["encoding"], Target(match["target"])
        )

    def __str__(self) -> str:
        middle = "" if self.transform == "none" else f"/{self.transform}"
        return f"{self.model}{middle}/{self.encoding}@{self.target}"


@dataclass(frozen=True, slots=True)
class Job:
    """One artifact to make and to judge. ``illegal`` says why it cannot be made, if so."""

    model: ModelSpec
    transform: Transform
    encoding: Encoding
    target: Target
    illegal: str | None = None

    @property
    def id(self) -> JobId:
        """The job's name in tables, budgets and folders."""
        return JobId(self.model.name, self.transform.name, self.encoding.name, self.target)


@dataclass(frozen=True, slots=True)
class Group:
    """The jobs of one (model, transform): what they share is done once."""

    model: ModelSpec
    transform: Transform
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite file, proven valid. ``text`` is the file as it was read."""

    name: str
    path: Path
    text: str
    models: tuple[ModelSpec, ...]
    transforms: tuple[Transform, ...]
    encodings: Mapping[Target, tuple[Encoding, ...]]
