"""What is asked for: suites, models, jobs and their ids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from sizewise.domain.encoding import Encoding, Target
from sizewise.domain.limit import Limit
from sizewise.domain.options import DEFAULT_OPTIONS, ConversionOptions
from sizewise.domain.transform import Transform

METRICS = ("accuracy", "top5", "auc", "f1", "mae", "rmse", "mean_iou")
"""Names of the metrics that a model can be judged by."""

SHARE_METRICS = frozenset({"accuracy", "top5", "auc", "f1", "mean_iou"})
"""Those from 0 to 1, of which percentage points can be lost."""

ZOO_MODELS = (
    "digits-cnn",
    "diabetes-mlp",
    "digits-dscnn",
    "digits-resnet",
    "digits-transformer",
    "digits-autoencoder",
    "sequence-gru",
    "signal-cnn1d",
    "wine-tabular",
)
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
    APPLICATION = "application"
    """A network of ``keras.applications``, by its name."""


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

    For a network of ``keras.applications``, ``location`` is its name (``MobileNetV2``),
    ``weights`` is ``imagenet`` or ``random``, ``input_shape`` is (height, width, channels) or None
    for the network's own, and ``keras`` is the version, 2 or 3, whose applications are meant.

    ``unsafe_lambda`` lets the Python code of a Keras model's Lambda layers run. No suite can say
    that of itself: whoever starts the work does.
    """

    kind: SourceKind
    location: str
    at: Location | None = None
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sha256: str | None = None
    folder: Path | None = None
    weights: str | None = None
    input_shape: tuple[int, ...] | None = None
    keras: int | None = None
    unsafe_lambda: bool = False

    @property
    def is_tflite(self) -> bool:
        """Whether it is a ``.tflite`` file, here or behind a URL."""
        if self.kind is SourceKind.URL:
            return urlsplit(self.location).path.lower().endswith(".tflite")
        return self.kind is SourceKind.TFLITE

    def __str__(self) -> str:
        return f"zoo:{self.location}" if self.kind is SourceKind.ZOO else self.location


class DataKind(StrEnum):
    """Where samples come from."""

    ZOO = "zoo"
    NPZ = "npz"
    CSV = "csv"
    """A table with a column of labels and columns of numbers."""
    IMAGES = "images"
    """A folder with a folder of images for each class, named like it."""
    CODE = "code"
    """A Python function that gives arrays: reading it runs that code."""
    NOISE = "noise"
    """Seeded random inputs, where there is no data: outputs are compared, nothing is judged."""


@dataclass(frozen=True, slots=True)
class DataSource:
    """Samples to judge a model on.

    ``location`` is ``zoo:NAME``, the path of an ``.npz``, a ``.csv`` or a folder of images,
    ``package.module:function``, or "" for noise. ``limit`` draws that many samples at random,
    without replacement, with ``seed``. ``train`` is a location of the same kind with samples to
    fine-tune on, where the data does not bring them along. Inputs of floating type are
    multiplied by ``scale``, then ``offset`` is added. ``label`` is the column of a ``.csv``
    that holds the labels. ``folder`` is where code is imported from.
    """

    location: str
    limit: int | None = None
    seed: int = 0
    at: Location | None = None
    train: str | None = None
    scale: float = 1.0
    offset: float = 0.0
    label: str = "label"
    folder: Path | None = None

    @property
    def kind(self) -> DataKind:
        """What the location is, by its spelling."""
        if not self.location:
            return DataKind.NOISE
        if self.location.startswith("zoo:"):
            return DataKind.ZOO
        for ending, kind in ((".npz", DataKind.NPZ), (".csv", DataKind.CSV)):
            if self.location.lower().endswith(ending):
                return kind
        is_code = re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*", self.location)
        return DataKind.CODE if is_code else DataKind.IMAGES

    @property
    def zoo_name(self) -> str | None:
        """The name behind ``zoo:``, or None for anything else."""
        is_zoo = self.kind is DataKind.ZOO
        return self.location.removeprefix("zoo:") if is_zoo else None


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model of a suite: what to open, what to judge it on, and by which metric.

    ``metric`` is a name of ``METRICS``, a ``package.module:function`` of outputs and labels, or
    None where there are no labels; ``max_drop`` is None with it. ``metric_folder`` is where a
    metric's function is imported from. ``custom_ops`` names ops that TF.js lacks and that
    ``custom_ops_module``, a JavaScript module, registers. ``keras`` is the version, 2 or 3, that
    TensorFlow's own ``tf.keras`` is in the process that opens the model; None where the source
    does not care. ``options`` are those of its conversions.
    """

    name: str
    source: Source
    data: DataSource
    metric: str | None
    max_drop: Limit | None
    signature: str | None = None
    custom_ops: tuple[str, ...] = ()
    custom_ops_module: Path | None = None
    keras: int | None = None
    metric_folder: Path | None = None
    options: ConversionOptions = field(default=DEFAULT_OPTIONS, hash=False)


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

    def allowing_lambda(self) -> Suite:
        """The same suite, whose Keras models may run the code of their Lambda layers."""
        return replace(
            self,
            models=tuple(
                replace(model, source=replace(model.source, unsafe_lambda=True))
                for model in self.models
            ),
        )
