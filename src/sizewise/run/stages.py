"""The stages that a group goes through, behind one interface: the real rooms, or fakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sizewise.domain import (
    Array,
    Artifact,
    Data,
    Encoding,
    Execution,
    Graph,
    ModelSpec,
    OpenModel,
    Samples,
    Target,
    Transform,
)

if TYPE_CHECKING:
    from sizewise.convert import Converter, Prepared
    from sizewise.runtimes import Runtime


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

    def freeze(self, model: OpenModel) -> Graph:
        """Turn variables into constants."""

    def transform(self, transform: Transform, graph: Graph) -> Graph:
        """Change the weights."""

    def evaluate(self, graph: Graph, samples: Samples) -> Mapping[str, Array]:
        """Outputs of a frozen graph in TensorFlow."""

    def prepare(self, target: Target, graph: Graph, data: Data) -> PreparedTarget:
        """Do for a target what all its encodings share."""

    def runtimes(self, target: Target) -> Sequence[str]:
        """Names of the runtimes that execute a target's artifacts, the preferred one first."""

    def execute(self, runtime: str, artifact: Artifact, samples: Samples) -> Execution:
        """Run an artifact on samples."""

    def weights(self, artifact: Artifact) -> WeightFigures:
        """Read an artifact's weights back."""

    def warm_up(self, targets: Sequence[Target]) -> None:
        """Do once what only the first conversion of a process costs."""

    def versions(self, targets: Sequence[Target]) -> Mapping[str, str]:
        """Versions of what executes the targets' artifacts."""

    def close(self) -> None:
        """End what was started."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    converter: Converter
    prepared: Prepared

    def write(self, encoding: Encoding, folder: Path) -> Artifact:
        return self.converter.write(self.prepared, encoding, folder)


class RealStages:
    """The real converters and runtimes. TensorFlow is imported by the first stage that needs it."""

    def __init__(self) -> None:
        self._open_runtimes: dict[str, Runtime] = {}

    def check(self, spec: ModelSpec) -> None:
        """See ``Stages``."""
        from sizewise.models import check_model

        check_model(spec)

    def open(self, spec: ModelSpec) -> OpenModel:
        """See ``Stages``."""
        from sizewise.models import open_model

        return open_model(spec)

    def data(self, spec: ModelSpec, model: OpenModel) -> Data:
        """See ``Stages``."""
        from sizewise.models import load_data

        return load_data(spec, model.signature)

    def reference(self, model: OpenModel, samples: Samples) -> Mapping[str, Array]:
        """See ``Stages``."""
        from sizewise.models import reference

        return reference(model, samples)

    def freeze(self, model: OpenModel) -> Graph:
        """See ``Stages``."""
        from sizewise.convert import freeze

        return freeze(model)

    def transform(self, transform: Transform, graph: Graph) -> Graph:
        """See ``Stages``."""
        from sizewise.compress import apply_transform

        return apply_transform(transform, graph)

    def evaluate(self, graph: Graph, samples: Samples) -> Mapping[str, Array]:
        """See ``Stages``."""
        from sizewise.convert import graph_function
        from sizewise.models import reference

        function = graph_function(graph)
        model = OpenModel("frozen", graph.signature, function, None, graph.tensorflow_version)
        return reference(model, samples)

    def prepare(self, target: Target, graph: Graph, data: Data) -> PreparedTarget:
        """See ``Stages``."""
        from sizewise.convert import CONVERTERS

        converter = CONVERTERS[target]()
        return _Prepared(converter, converter.prepare(graph, data))

    def runtimes(self, target: Target) -> Sequence[str]:
        """See ``Stages``."""
        from sizewise.runtimes import preferred

        return preferred(target)

    def execute(self, runtime: str, artifact: Artifact, samples: Samples) -> Execution:
        """See ``Stages``."""
        return self._runtime(runtime).execute(artifact, samples.inputs)

    def weights(self, artifact: Artifact) -> WeightFigures:
        """See ``Stages``."""
        from sizewise.measure import read_weights

        return read_weights(artifact)

    def warm_up(self, targets: Sequence[Target]) -> None:
        """See ``Stages``."""
        from sizewise.run.warm import warm_up

        warm_up(self, targets)

    def versions(self, targets: Sequence[Target]) -> Mapping[str, str]:
        """See ``Stages``."""
        found: dict[str, str] = {}
        for target in targets:
            found.update(self._runtime(self.runtimes(target)[0]).versions())
        return found

    def close(self) -> None:
        """See ``Stages``."""
        for runtime in self._open_runtimes.values():
            runtime.close()
        self._open_runtimes.clear()

    def _runtime(self, name: str) -> Runtime:
        from sizewise.runtimes import RUNTIMES

        if name not in self._open_runtimes:
            self._open_runtimes[name] = RUNTIMES[name]()
        return self._open_runtimes[name]
