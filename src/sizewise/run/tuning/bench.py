"""What a tuning measures with: a model opened once, of which mixes are made and run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sizewise.domain import (
    Array,
    Artifact,
    Encoding,
    Graph,
    ModelSpec,
    OpenModel,
    Target,
)
from sizewise.errors import RequestError
from sizewise.measure import measure_sizes
from sizewise.run.executing import execute
from sizewise.run.prepared import PreparedGraph
from sizewise.run.rooms import RealStages
from sizewise.run.stages import PreparedTarget, Stages
from sizewise.run.tuning.figures import figures_of
from sizewise.run.tuning.split import Split, split_samples
from sizewise.run.verify import probe, require_equal
from sizewise.scratch import scratch_folder
from sizewise.tune import ALL, Figures, encoding_of

if TYPE_CHECKING:
    from sizewise.convert.substitution import Substitution


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a mix weighs and how it did; see ``tune.Trial``."""

    raw: int
    brotli: int
    weight_brotli: int
    figures: Figures
    runtime: str


@dataclass(frozen=True, slots=True)
class Bench:
    """One model for TensorFlow.js, with all that judges mixes of it.

    ``graph`` is the optimised graph in TensorFlow, ``substitution`` runs it on the samples to
    search on, and ``exact`` is what it gives there. ``reference`` is what the model gives on the
    samples to judge on.
    """

    spec: ModelSpec
    split: Split
    graph: Graph
    exact: Mapping[str, Array]
    reference: Mapping[str, Array]
    notes: tuple[str, ...]
    substitution: Substitution
    ready: PreparedGraph
    stages: Stages

    @property
    def weights(self) -> dict[str, Array]:
        """The weights that encodings apply to, by name."""
        weights = (weight for weight in self.ready.prepared.weights if weight.can_be_quantized)
        return {weight.name: weight.values for weight in weights}

    def tried(self, values: Mapping[str, Array]) -> Figures:
        """How the graph does with these weights on the samples to search on."""
        outputs = self.substitution.outputs(values)
        return figures_of(self.spec, self.exact, outputs, self.split.search)

    def searched(self, mix: Mapping[str, str]) -> Weighed:
        """A mix on the samples to search on, in TensorFlow, with the weights of its artifact."""
        from sizewise.models.tfjs.files import read_model
        from sizewise.models.tfjs.weights import read_weights

        with scratch_folder() as scratch:
            artifact = self.write(mix, scratch / "mix")
            values = read_weights(read_model(artifact.folder)).values
            figures = self.tried({name: values[name] for name in self.weights})
            return _weighed(artifact, figures, "tensorflow")

    def verified(self, mix: Mapping[str, str]) -> Weighed:
        """A mix on the samples to judge on, in the runtime that its users have."""
        with scratch_folder() as scratch:
            artifact = self.write(mix, scratch / "mix")
            execution, _ = execute(artifact, self.split.test, self.stages)
            figures = figures_of(self.spec, self.reference, execution.outputs, self.split.test)
            return _weighed(artifact, figures, execution.runtime)

    def write(self, mix: Mapping[str, str], folder: Path) -> Artifact:
        """The artifact of a mix, in a new folder; it is what a run of its encoding makes."""
        return self.write_encoding(encoding_of(mix), folder)

    def write_encoding(self, encoding: Encoding, folder: Path) -> Artifact:
        """The artifact of an encoding of TensorFlow.js, in a new folder."""
        artifact = self.ready.write(encoding, folder)
        return replace(artifact, custom_ops_module=self.spec.custom_ops_module)

    def require_right(self) -> None:
        """Raise WrongArtifactError where the float32 artifact does not compute what it should."""
        samples = probe(self.split.test)
        expected = {name: values[: len(samples)] for name, values in self.reference.items()}
        with scratch_folder() as scratch:
            artifact = self.write({ALL: "float32"}, scratch / "float32")
            execution, _ = execute(artifact, samples, self.stages)
            require_equal(Target.TFJS, execution.outputs, expected)


@contextmanager
def open_bench(spec: ModelSpec, seed: int) -> Iterator[Bench]:
    """Open a model and its samples, freeze and optimise it, and close all that in the end.

    Raises what that raises, and RequestError for a source that is not converted; DataError where
    the samples do not do; WrongArtifactError where not even the float32 artifact is right.
    """
    # tensorflowjs imports TF-DF, whose welcome message fails off a terminal.
    os.environ.setdefault("TFDF_DISABLE_WELCOME_MESSAGE", "1")
    with closing(RealStages(spec.options)) as stages:
        model = stages.open(spec)
        if model.file is not None:
            raise RequestError(
                f"{spec.name} is a .tflite file, which is run as it is and not converted",
                advice="name the model that it was made from",
            )
        data = stages.data(spec, model)
        frozen = replace(stages.freeze(model), custom_ops=frozenset(spec.custom_ops))
        ready = stages.prepare(Target.TFJS, frozen, data, spec.options)
        with bench_of(spec, model, ready, stages, seed) as bench:
            bench.require_right()
            yield bench


@contextmanager
def bench_of(
    spec: ModelSpec, model: OpenModel, ready: PreparedTarget, stages: Stages, seed: int
) -> Iterator[Bench]:
    """A bench for what was prepared for TensorFlow.js of a model, or of a transform of it.

    Raises DataError where the samples do not do, and ConversionError for a graph that cannot be
    run with other weights.
    """
    from sizewise.convert.substitution import substituting

    assert isinstance(ready, PreparedGraph), "that is what the real stages make"
    split = split_samples(ready.data, seed)
    graph = ready.prepared.graph
    with substituting(graph, split.search) as substitution:
        yield Bench(
            spec,
            split,
            graph,
            substitution.outputs({}),
            stages.reference(model, split.test),
            (*model.notes, *ready.data.notes),
            substitution,
            ready,
            stages,
        )


def _weighed(artifact: Artifact, figures: Figures, runtime: str) -> Weighed:
    files = tuple(file for file in artifact.files if file.path.endswith(".bin"))
    sizes = measure_sizes(artifact)
    weights = measure_sizes(replace(artifact, files=files))
    return Weighed(sizes.raw, sizes.brotli, weights.brotli, figures, runtime)
