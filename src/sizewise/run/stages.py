"""The stages that a group goes through: what ``rooms`` does for real, and tests with fakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from sizewise.domain import (
    Array,
    Artifact,
    ConversionOptions,
    Data,
    Encoding,
    Execution,
    Graph,
    Job,
    ModelSpec,
    OpenModel,
    Samples,
    Signature,
    Target,
    TensorReport,
    Transform,
)


class PreparedTarget(Protocol):
    """A graph made ready for one target, from which every encoding is written."""

    def write(self, encoding: Encoding, folder: Path) -> Artifact:
        """Write one artifact into ``folder``, complete or not at all."""


class WeightFigures(Protocol):
    """What is read back from an artifact's own bytes."""

    @property
    def weight_bytes(self) -> int: ...  # noqa: D102
    @property
    def overhead_bytes(self) -> int: ...  # noqa: D102
    @property
    def sparsity(self) -> float | None: ...  # noqa: D102
    @property
    def distinct_values(self) -> int | None: ...  # noqa: D102
    @property
    def quantized_share(self) -> float | None: ...  # noqa: D102
    @property
    def bits_per_weight(self) -> float | None: ...  # noqa: D102
    @property
    def bits_per_weight_brotli(self) -> float | None: ...  # noqa: D102
    @property
    def tensors(self) -> tuple[TensorReport, ...]: ...  # noqa: D102


class Stages(Protocol):
    """All that ``group`` composes. Each method may raise a SizewiseError."""

    def check(self, spec: ModelSpec) -> None:
        """Raise where a model or its data cannot be used; cheap, and writes nothing."""

    def open(self, spec: ModelSpec) -> OpenModel:
        """Open a model."""

    def data(self, spec: ModelSpec, model: OpenModel) -> Data:
        """Read its samples."""

    def reference(self, model: OpenModel, samples: Samples) -> Mapping[str, Array]:
        """Outputs of the untouched model in TensorFlow."""

    def train(
        self, spec: ModelSpec, transform: Transform, model: OpenModel, data: Data
    ) -> OpenModel:
        """A model that went through the steps of a transform that train; ``model`` stays."""

    def pack(self, graph: Graph) -> Mapping[str, bytes]:
        """A graph as files. Raises ValueError for one that cannot be kept."""

    def unpack(self, files: Mapping[str, bytes], model: OpenModel) -> Graph:
        """The inverse of ``pack``; ``model`` is what the graph was made from."""

    def freeze(self, model: OpenModel, options: ConversionOptions) -> Graph:
        """Turn variables into constants."""

    def final(self, graph: Graph) -> Graph:
        """The graph whose weights are those that artifacts store."""

    def transform(self, transform: Transform, graph: Graph, data: Data) -> Graph:
        """Change the weights of a final graph by the steps that do not train."""

    def evaluate(self, graph: Graph, samples: Samples) -> Mapping[str, Array]:
        """Outputs of a frozen graph in TensorFlow."""

    def keep(self, file: Path, signature: Signature, folder: Path) -> Artifact:
        """Copy a ``.tflite`` file into ``folder``, as the artifact that it is."""

    def prepare(
        self, target: Target, graph: Graph, data: Data, options: ConversionOptions
    ) -> PreparedTarget:
        """Do for a target what all its encodings share."""

    def runtimes(self, target: Target) -> Sequence[str]:
        """Names of the runtimes that execute a target's artifacts, the preferred one first."""

    def execute(self, runtime: str, artifact: Artifact, samples: Samples) -> Execution:
        """Run an artifact on samples."""

    def weights(self, artifact: Artifact, transform: Transform, brotli_level: int) -> WeightFigures:
        """Read an artifact's weights back."""

    def audit(self, job: Job, figures: WeightFigures) -> tuple[str, ...]:
        """What an artifact's own bytes say against its job's name."""

    def warm_up(self, encodings: Mapping[Target, Sequence[Encoding]]) -> None:
        """Do once what only the first conversion of a process costs."""

    def versions(self, targets: Sequence[Target]) -> Mapping[str, str]:
        """Versions of what executes the targets' artifacts."""

    def close(self) -> None:
        """End what was started."""
