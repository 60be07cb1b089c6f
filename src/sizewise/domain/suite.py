"""What is asked for: suites, models, transforms, encodings, jobs and their ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit


class Target(StrEnum):
    """The format that an artifact is written in."""

    TFJS = "tfjs"
    """A graph model of TensorFlow.js."""
    TFJS_LAYERS = "tfjs-layers"
    """A layers model of TensorFlow.js, which only Keras models have."""
    TFLITE = "tflite"


ENCODINGS: Mapping[Target, tuple[str, ...]] = {
    Target.TFJS: ("float32", "float16", "uint16", "uint8"),
    Target.TFJS_LAYERS: ("float32", "float16", "uint16", "uint8"),
    Target.TFLITE: (
        "float32",
        "float16",
        "dynamic_int8",
        "int8",
        "int16x8",
        "weight_int8",
        "weight_int4",
        "aeq_dynamic_int8",
        "aeq_int8",
    ),
}
"""The encodings of each target, from the most exact to the smallest, toolchain by toolchain.

``weight_*`` and ``aeq_*`` are made by ai-edge-quantizer from the float32 file, the others by
TensorFlow's own converter.
"""

AS_IS = "as_is"
"""The encoding of a ``.tflite`` source, which is measured and run, and not converted."""

CALIBRATED_ENCODINGS = frozenset({"int8", "int16x8", "aeq_int8"})
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
    FROZEN_GRAPH = "frozen_graph"
    TFJS = "tfjs"
    """A ``model.json``: a graph model or a layers model; the file tells which."""
    TFLITE = "tflite"
    """Measured and run as it is, never converted."""
    CODE = "code"
    """A Python function that gives the model: opening it runs that code."""
    URL = "url"
    """What it is gets known from its name, after the download."""


SOURCE_ENDINGS: Mapping[str, SourceKind] = {
    ".keras": SourceKind.KERAS,
    ".h5": SourceKind.KERAS,
    ".hdf5": SourceKind.KERAS,
    ".pb": SourceKind.FROZEN_GRAPH,
    ".tflite": SourceKind.TFLITE,
    ".json": SourceKind.TFJS,
}
"""The kind of a model file by its ending, in lower case."""

SAVED_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")
"""Either of them makes a folder a SavedModel."""

TFJS_MODEL_FILE = "model.json"
"""What makes a folder a TF.js model."""

ARCHIVE_ENDINGS = (".zip", ".tar.gz", ".tgz")
"""Archives that a download may be."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where in a file something was written; lines count from 1."""

    file: Path
    line: int | None = None

    def __str__(self) -> str:
        return str(self.file) if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Source:
    """What to open, and what has to be known to open it.

    ``location`` is a zoo name, the path of a file or folder, ``package.module:function``, or a
    URL. ``inputs`` and ``outputs`` are the names of nodes (``x``) or tensors (``x:0``) of a
    frozen graph, which needs outputs; without ``inputs`` its placeholders are meant. ``tags``
    choose one graph of a SavedModel that has several. ``sha256``, 64 lower-case hex digits,
    is that of the file behind a URL. ``folder`` is where code is imported from.
    """

    kind: SourceKind
    location: str
    at: Location | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sha256: str | None = None
    folder: Path | None = None

    @property
    def is_tflite(self) -> bool:
        """Whether it is a ``.tflite`` file, here or behind a URL."""
        if self.kind is SourceKind.URL:
            return urlsplit(self.location).path.lower().endswith(".tflite")
        return self.kind is SourceKind.TFLITE

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
    """A model of a suite: what to open, what to judge it on, and by which metric.

    ``custom_ops`` names ops that TF.js lacks and that ``custom_ops_module``, a JavaScript
    module, registers.
    """

    name: str
    source: Source
    data: DataSource
    metric: str
    max_drop: Limit
    signature: str | None = None
    custom_ops: tuple[str, ...] = ()
    custom_ops_module: Path | None = None


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
    patterns: Mapping[str, tuple[str, ...]] | None = field(default=None, hash=False)


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
