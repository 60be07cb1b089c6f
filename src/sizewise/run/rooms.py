"""The real stages: each is the public function of a room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sizewise.domain import (
    DEFAULT_OPTIONS,
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
    Transform,
)
from sizewise.errors import ConversionError
from sizewise.run.names import under_names_of
from sizewise.run.prepared import PreparedGraph
from sizewise.run.stages import PreparedTarget, WeightFigures
from sizewise.run.warm import warm_up

if TYPE_CHECKING:
    from sizewise.runtimes import Runtime


class RealStages:
    """The real converters and runtimes. TensorFlow is imported by the first stage that needs it."""

    def __init__(self, options: ConversionOptions = DEFAULT_OPTIONS) -> None:
        self._options = options
        self._open_runtimes: dict[str, Runtime] = {}

    def check(self, spec: ModelSpec) -> None:
        """See ``Stages``."""
        from sizewise.drift import check_metric
        from sizewise.models import check_model

        check_metric(spec.metric, spec.metric_folder)
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

    def train(
        self, spec: ModelSpec, transform: Transform, model: OpenModel, data: Data
    ) -> OpenModel:
        """See ``Stages``. Raises ConversionError where there are no samples to train on."""
        from sizewise.compress import train
        from sizewise.convert.tfjs_layers.rebuild import in_keras2
        from sizewise.models import open_object

        if data.train is None:
            raise ConversionError(
                f"{transform.name} trains the model, and there are no samples to train on",
                advice="give some: data: {file: ..., train: ...}",
            )
        trained = train(
            transform.training,
            model.owner,
            data.train,
            model.signature,
            metric=spec.metric,
            rebuild=in_keras2,
        )
        opened = under_names_of(model.signature, open_object(trained.model, name=model.name))
        return replace(opened, notes=(*model.notes, *opened.notes, *trained.notes))

    def pack(self, graph: Graph) -> Mapping[str, bytes]:
        """See ``Stages``."""
        from sizewise.run.packing import pack

        return pack(graph)

    def unpack(self, files: Mapping[str, bytes], model: OpenModel) -> Graph:
        """See ``Stages``."""
        from sizewise.run.packing import unpack

        return unpack(files, model)

    def freeze(self, model: OpenModel, options: ConversionOptions | None = None) -> Graph:
        """See ``Stages``; without ``options`` those of all conversions."""
        from sizewise.convert import freeze

        return freeze(model, options or self._options)

    def final(self, graph: Graph) -> Graph:
        """See ``Stages``."""
        from sizewise.convert import final_graph

        return final_graph(graph)

    def transform(self, transform: Transform, graph: Graph, data: Data) -> Graph:
        """See ``Stages``."""
        from sizewise.compress import apply_transform

        return apply_transform(transform, graph, data.calibrate)

    def keep(self, file: Path, signature: Signature, folder: Path) -> Artifact:
        """See ``Stages``."""
        from sizewise.convert import keep_file

        return keep_file(file, signature, folder)

    def call_model(self, model: OpenModel, inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """Outputs of one call of a model in TensorFlow; no axis is the samples'."""
        import numpy as np
        import tensorflow as tf

        tensors = {name: tf.constant(array) for name, array in inputs.items()}
        return {name: np.asarray(value) for name, value in model.function(**tensors).items()}

    def call(
        self, runtime: str, artifact: Artifact, inputs: Mapping[str, Array]
    ) -> Mapping[str, Array]:
        """Outputs of one call of an artifact; no axis is the samples'."""
        return self._runtime(runtime).call(artifact, inputs)

    def evaluate(self, graph: Graph, samples: Samples) -> Mapping[str, Array]:
        """See ``Stages``."""
        from sizewise.models import reference

        return reference(_runnable(graph), samples)

    def call_graph(self, graph: Graph, inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """Outputs of one call of a frozen graph in TensorFlow; no axis is the samples'."""
        return self.call_model(_runnable(graph), inputs)

    def prepare(
        self, target: Target, graph: Graph, data: Data, options: ConversionOptions | None = None
    ) -> PreparedTarget:
        """See ``Stages``; without ``options`` those of all conversions."""
        from sizewise.convert import CONVERTERS

        converter, chosen = CONVERTERS[target](), options or self._options
        prepared = converter.prepare(graph, data, chosen)
        return PreparedGraph(converter, prepared, graph, data, chosen)

    def runtimes(self, target: Target) -> Sequence[str]:
        """See ``Stages``."""
        from sizewise.runtimes import preferred

        return preferred(target)

    def execute(self, runtime: str, artifact: Artifact, samples: Samples) -> Execution:
        """See ``Stages``."""
        return self._runtime(runtime).execute(artifact, samples.inputs)

    def weights(self, artifact: Artifact, transform: Transform, brotli_level: int) -> WeightFigures:
        """See ``Stages``."""
        from sizewise.measure import pattern_of, read_weights

        return read_weights(artifact, brotli_level=brotli_level, pattern=pattern_of(transform))

    def audit(self, job: Job, figures: WeightFigures) -> tuple[str, ...]:
        """See ``Stages``."""
        from sizewise.measure import WeightReport, audit

        assert isinstance(figures, WeightReport), "they come from weights()"
        return audit(job.transform, job.encoding, job.target, figures)

    def flags(
        self, artifact: Artifact, transform: Transform, encoding: Encoding
    ) -> tuple[str, ...]:
        """What an artifact's own bytes say against what it was made for."""
        from sizewise.measure import audit, pattern_of, read_weights

        # No size of what is read is told: the level is the fastest.
        report = read_weights(artifact, brotli_level=0, pattern=pattern_of(transform))
        return audit(transform, encoding, artifact.target, report)

    def warm_up(self, encodings: Mapping[Target, Sequence[Encoding]]) -> None:
        """See ``Stages``."""
        warm_up(self, encodings)

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


def _runnable(graph: Graph) -> OpenModel:
    from sizewise.convert import graph_function

    function = graph_function(graph)
    return OpenModel("frozen", graph.signature, function, None, graph.tensorflow_version)
