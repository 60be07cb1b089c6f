"""One conversion, in this process: a model in memory becomes artifacts in a new folder.

The model is frozen once, transformed once and prepared once for the target; every encoding is
written from that. Before any of it is put where it was asked for, it was run: the float32 artifact
computes what the model does, or what a transform made of it, and every other one gives finite
numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any, Protocol

from sizewise import storage
from sizewise.domain import (
    Array,
    Artifact,
    Data,
    Encoding,
    Graph,
    OpenModel,
    Samples,
    Target,
    Transform,
)
from sizewise.domain.conversion import Check, Converted
from sizewise.errors import RequestError, UnsupportedOpError
from sizewise.run.held import Runner, RunningStages
from sizewise.run.stages import PreparedTarget
from sizewise.run.subject import TransformStages, transformed
from sizewise.run.trial import Trial, try_out
from sizewise.scratch import scratch_folder

FLOAT32 = Encoding("float32")
_ARTIFACT_FILES = ("model.json", "*.bin", "*.tflite")
_SHOWN_NODES = 8


class ConversionStages(RunningStages, TransformStages, Protocol):
    """What a conversion composes. Each method may raise a SizewiseError."""

    def freeze(self, model: OpenModel) -> Graph:
        """Turn variables into constants."""

    def prepare(self, target: Target, graph: Graph, data: Data) -> PreparedTarget:
        """Do for a target what all its encodings share."""

    def call_model(self, model: OpenModel, inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """Outputs of one call of a model in TensorFlow."""

    def call_graph(self, graph: Graph, inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """Outputs of one call of a frozen graph in TensorFlow."""

    def flags(
        self, artifact: Artifact, transform: Transform, encoding: Encoding
    ) -> tuple[str, ...]:
        """What an artifact's own bytes say against what it was made for."""


@dataclass(frozen=True, slots=True)
class Order:
    """One signature of a model, and where below the output each of its encodings goes.

    ``calibrate`` are samples to calibrate with and to verify on; without any, inputs are made
    up to verify on. ``transform`` has no steps that train.
    """

    model: OpenModel
    places: Sequence[tuple[Encoding, PurePath]]
    source: str
    calibrate: Samples | None = None
    custom_ops: frozenset[str] = frozenset()
    custom_ops_module: Path | None = None
    transform: Transform = field(default_factory=Transform)


def run_orders(
    orders: Iterable[Order],
    out: Path,
    target: Target,
    stages: ConversionStages,
    *,
    overwrite: bool = False,
    skip_op_check: bool = False,
) -> tuple[Converted, ...]:
    """Write every encoding of every order below ``out``: all of them, or nothing.

    Raises RequestError where ``out`` exists, unless ``overwrite`` and it holds nothing but
    artifacts; UnsupportedOpError where no runtime has an op, unless ``skip_op_check``;
    WrongArtifactError and NonFiniteError where an artifact does not compute what its model does;
    and whatever the stages raise.
    """
    require_free(out, overwrite=overwrite)
    with storage.replacing_folder(out) as folder:
        made = [
            converted
            for order in orders
            for converted in _convert_order(
                order, folder, target, stages, skip_op_check=skip_op_check
            )
        ]
    return tuple(
        replace(
            one,
            artifact=replace(one.artifact, folder=out / one.artifact.folder.relative_to(folder)),
        )
        for one in made
    )


def require_free(out: Path, *, overwrite: bool) -> None:
    """Raise RequestError where ``out`` is not there for the taking."""
    if not out.exists() and not out.is_symlink():
        return
    if not overwrite:
        raise RequestError(
            f"{out} exists already", advice="choose another folder, or ask to overwrite it"
        )
    if not out.is_dir() or out.is_symlink():
        raise RequestError(f"{out} is no folder", advice="choose another folder")
    for path in sorted(out.rglob("*")):
        if not path.is_dir() and not any(path.match(pattern) for pattern in _ARTIFACT_FILES):
            raise RequestError(
                f"{out} is not overwritten: {path.relative_to(out)} in it is part of no artifact",
                advice="move it away, or choose another folder",
            )


def _convert_order(
    order: Order, folder: Path, target: Target, stages: ConversionStages, *, skip_op_check: bool
) -> list[Converted]:
    graph = replace(stages.freeze(order.model), custom_ops=order.custom_ops)
    with naming_nodes(graph):
        trial = try_out(order.model, order.calibrate, stages.call_model)
        data = _data(order, trial)
        changed = transformed(order.transform, graph, data, stages)
        prepared = stages.prepare(target, changed, data)
        artifacts = [
            _described(prepared.write(encoding, folder / place), encoding, order, stages)
            for encoding, place in order.places
        ]
        exact = trial.expected if changed is graph else _outputs(changed, trial, stages)
        runner = Runner(trial, exact, target, stages)
        with _float32(artifacts, prepared, order) as plain:
            try:
                checks = [runner.check(artifact, plain) for artifact in artifacts]
            except UnsupportedOpError as error:
                if not skip_op_check:
                    raise
                checks = [Check(reason=error.message)] * len(artifacts)
    return [
        Converted(artifact, check, order.model.notes + artifact.notes)
        for artifact, check in zip(artifacts, checks, strict=True)
    ]


def _described(
    artifact: Artifact, encoding: Encoding, order: Order, stages: ConversionStages
) -> Artifact:
    return replace(
        artifact,
        source=order.source,
        transform=order.transform.name,
        flags=_flags(artifact, encoding, order, stages),
        custom_ops_module=order.custom_ops_module,
    )


def _flags(
    artifact: Artifact, encoding: Encoding, order: Order, stages: ConversionStages
) -> tuple[str, ...]:
    """Where nothing can be lost, nothing is read back, which takes longer than to convert: TFLite's
    converter chooses what it quantizes, sizewise's own stores all as it is told and notes the rest.
    """
    as_told = artifact.target is not Target.TFLITE and not encoding.is_rounded
    if not order.transform.steps and (as_told or encoding.name == FLOAT32.name):
        return ()
    return stages.flags(artifact, order.transform, encoding)


def _outputs(graph: Graph, trial: Trial, stages: ConversionStages) -> Mapping[str, Array]:
    """What a transformed graph makes of what its model was tried on, if it was."""
    return {} if trial.reason is not None else stages.call_graph(graph, trial.probe.inputs)


@contextmanager
def naming_nodes(graph: Graph) -> Iterator[None]:
    """Give an UnsupportedOpError that names ops alone the nodes of ``graph`` that use them."""
    try:
        yield
    except UnsupportedOpError as error:
        if not error.ops or any(error.ops.values()):
            raise
        ops = {op: [node.name for node in nodes_of(graph) if node.op == op] for op in error.ops}
        named = [name for nodes in ops.values() for name in nodes]
        if not named:
            raise
        shown = ", ".join(named[:_SHOWN_NODES]) + (" …" if len(named) > _SHOWN_NODES else "")
        raise UnsupportedOpError(
            f"{error.message} (nodes: {shown})", advice=error.advice, ops=ops
        ) from error


def nodes_of(graph: Graph) -> Iterator[Any]:
    """All nodes of a graph, those of its functions included."""
    yield from graph.skeleton.node
    for function in graph.skeleton.library.function:
        yield from function.node_def


@contextmanager
def _float32(
    artifacts: Sequence[Artifact], prepared: PreparedTarget, order: Order
) -> Iterator[Artifact]:
    """The float32 artifact: one of those that were asked for, or another that is thrown away."""
    asked = next((one for one in artifacts if one.encoding == FLOAT32.name), None)
    if asked is not None:
        yield asked
        return
    with scratch_folder() as scratch:
        artifact = prepared.write(FLOAT32, scratch / "float32")
        yield replace(artifact, custom_ops_module=order.custom_ops_module)


def _data(order: Order, trial: Trial) -> Data:
    samples = order.calibrate or Samples(trial.probe.inputs)
    return Data(samples, samples, made_up=order.calibrate is None)
