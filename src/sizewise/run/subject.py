"""A model opened once for all its variants, and each variant up to the graph that is converted."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from sizewise.domain import Array, Data, Graph, ModelSpec, OpenModel, Signature, Transform
from sizewise.measure import Timing, timed
from sizewise.run.kept import Kept
from sizewise.run.stages import Stages


@dataclass(frozen=True, slots=True)
class Subject:
    """A model opened and frozen, with what every variant of it is held against.

    A ``.tflite`` file is what it is, and has no ``graph``.
    """

    spec: ModelSpec
    model: OpenModel
    graph: Graph | None
    data: Data
    reference: Mapping[str, Array]
    timings: Mapping[str, Timing]

    @property
    def file(self) -> Path | None:
        """The ``.tflite`` file of a model that is one."""
        return self.model.file

    @property
    def signature(self) -> Signature:
        """Inputs and outputs of the model and of all its variants."""
        return self.model.signature

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know of the model and its samples, for every record of it."""
        return self.model.notes + self.data.notes


@dataclass(frozen=True, slots=True)
class Variant:
    """A graph with the weights that a transform gave it, and what that took, stage by stage."""

    graph: Graph
    timings: Mapping[str, Timing]
    notes: tuple[str, ...]


def open_subject(spec: ModelSpec, stages: Stages, kept: Kept) -> Subject:
    """Open and freeze a model and compute its reference outputs, or take those that are kept."""
    model, opening = timed(lambda: stages.open(spec))
    timings = {"open": opening}
    graph = None
    if model.file is None:
        graph, timings["freeze"] = timed(lambda: _frozen(spec, model, stages))
    data = stages.data(spec, model)
    reference = kept.reference(lambda: stages.reference(model, data.judge))
    return Subject(spec, model, graph, data, reference, timings)


def make_variant(
    transform: Transform, subject: Subject, stages: Stages, kept: Kept
) -> Generator[str, None, Variant]:
    """Train the model where the transform does, then change the weights of its graph.

    Yields the name of each stage before it begins.
    """
    assert subject.graph is not None, "a file is not transformed"
    graph, timings, notes = subject.graph, dict(subject.timings), subject.notes
    if transform.training:
        yield "training"
        trained = kept.trained(
            lambda: _train(transform, subject, stages),
            lambda files: _frozen_again(files, subject, stages),
            stages.pack,
        )
        graph, notes = trained.graph, trained.notes + subject.data.notes
        timings |= {"training": trained.training, "freeze": trained.freezing}
    yield "transforming"
    graph, timings["transform"] = timed(lambda: transformed(transform, graph, subject.data, stages))
    return Variant(graph, timings, notes)


def _train(
    transform: Transform, subject: Subject, stages: Stages
) -> tuple[Graph, Timing, Timing, tuple[str, ...]]:
    spec = subject.spec
    model, training = timed(lambda: stages.train(spec, transform, subject.model, subject.data))
    graph, freezing = timed(lambda: _frozen(spec, model, stages))
    return graph, training, freezing, model.notes


def _frozen(spec: ModelSpec, model: OpenModel, stages: Stages) -> Graph:
    return replace(stages.freeze(model, spec.options), custom_ops=frozenset(spec.custom_ops))


def _frozen_again(files: Mapping[str, bytes], subject: Subject, stages: Stages) -> Graph:
    graph = stages.unpack(files, subject.model)
    return replace(graph, custom_ops=frozenset(subject.spec.custom_ops))


class TransformStages(Protocol):
    """What changes the weights of a frozen graph; see ``Stages``."""

    def final(self, graph: Graph) -> Graph: ...  # noqa: D102
    def transform(self, transform: Transform, graph: Graph, data: Data) -> Graph: ...  # noqa: D102


def transformed(transform: Transform, graph: Graph, data: Data, stages: TransformStages) -> Graph:
    """A frozen graph after the steps of ``transform`` that do not train; itself without any."""
    if not transform.post_training:
        return graph
    return stages.transform(transform, stages.final(graph), data)
