"""One conversion, in this process: a model in memory becomes artifacts in a new folder.

The model is frozen once and prepared once for the target; every encoding is written from that.
Before any of it is put where it was asked for, it was run: the float32 artifact computes what
the model does, and every other one gives finite numbers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
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
)
from sizewise.domain.conversion import Check, Converted
from sizewise.errors import (
    NonFiniteError,
    RequestError,
    UnsupportedOpError,
    WrongArtifactError,
)
from sizewise.run.stages import PreparedTarget
from sizewise.run.trial import Trial, is_real, try_out
from sizewise.run.verify import require_equal

FLOAT32 = Encoding("float32")
_ARTIFACT_FILES = ("model.json", "*.bin", "*.tflite")
_SHOWN_NODES = 8


class ConversionStages(Protocol):
    """What a conversion composes. Each method may raise a SizewiseError."""

    def freeze(self, model: OpenModel) -> Graph:
        """Turn variables into constants."""

    def prepare(self, target: Target, graph: Graph, data: Data) -> PreparedTarget:
        """Do for a target what all its encodings share."""

    def runtimes(self, target: Target) -> Sequence[str]:
        """Names of the runtimes that execute a target's artifacts, the preferred one first."""

    def call_model(self, model: OpenModel, inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """Outputs of one call of a model in TensorFlow."""

    def call(
        self, runtime: str, artifact: Artifact, inputs: Mapping[str, Array]
    ) -> Mapping[str, Array]:
        """Outputs of one call of an artifact."""


@dataclass(frozen=True, slots=True)
class Order:
    """One signature of a model, and where below the output each of its encodings goes.

    ``calibrate`` are samples to calibrate with and to verify on; without any, inputs are made
    up to verify on.
    """

    model: OpenModel
    places: Sequence[tuple[Encoding, PurePath]]
    source: str
    calibrate: Samples | None = None
    custom_ops: frozenset[str] = frozenset()
    custom_ops_module: Path | None = None


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
        prepared = stages.prepare(target, graph, _data(order, trial))
        artifacts = [
            replace(
                prepared.write(encoding, folder / place),
                source=order.source,
                custom_ops_module=order.custom_ops_module,
            )
            for encoding, place in order.places
        ]
        runner = _Runner(trial, target, stages)
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
    with tempfile.TemporaryDirectory(prefix="sizewise-") as scratch:
        artifact = prepared.write(FLOAT32, Path(scratch, "float32"))
        yield replace(artifact, custom_ops_module=order.custom_ops_module)


def _data(order: Order, trial: Trial) -> Data:
    samples = order.calibrate or Samples(trial.probe.inputs)
    return Data(samples, samples)


@dataclass(frozen=True, slots=True)
class _Runner:
    """Runs the artifacts of one signature on what its model was tried on."""

    trial: Trial
    target: Target
    stages: ConversionStages

    def check(self, artifact: Artifact, plain: Artifact) -> Check:
        """Raises what ``run_orders`` raises for a wrong artifact or a missing op."""
        if self.trial.reason is not None:
            return Check(reason=self.trial.reason)
        expected = self.trial.expected
        runtime, outputs = self._run(plain)
        error = require_equal(self.target, outputs, expected)
        if artifact is not plain:
            runtime, outputs = self._run(artifact)
        _require_finite(artifact, outputs, expected)
        return Check(runtime, self.trial.probe.words, error, _sqnr(outputs, expected))

    def _run(self, artifact: Artifact) -> tuple[str, Mapping[str, Array]]:
        names = self.stages.runtimes(self.target)
        for name in names:
            try:
                return name, self.stages.call(name, artifact, self.trial.probe.inputs)
            except UnsupportedOpError:
                if name == names[-1]:
                    raise
        raise AssertionError("every target has a runtime")


def _require_finite(
    artifact: Artifact, outputs: Mapping[str, Array], expected: Mapping[str, Array]
) -> None:
    import numpy as np

    for name, wanted in expected.items():
        found = outputs.get(name)
        if found is None or found.shape != wanted.shape:
            raise WrongArtifactError(
                f"the {artifact.encoding} artifact has no output {name!r} as the model has it"
            )
        if is_real(wanted) and not np.isfinite(found[np.isfinite(wanted)]).all():
            raise NonFiniteError(
                f"in {artifact.encoding}, the output {name!r} holds NaN or infinity where the "
                "model's does not",
                advice="choose an encoding with more bits",
            )


def _sqnr(outputs: Mapping[str, Array], expected: Mapping[str, Array]) -> float | None:
    """Over all finite real numbers of all outputs, as ``drift`` has it."""
    import numpy as np

    from sizewise.drift.outputs import Pair, output_drift

    pairs = []
    for name, wanted in expected.items():
        if wanted.dtype.kind == "f":
            finite = np.isfinite(wanted)
            pairs.append(
                Pair(name, wanted[finite].astype(float), outputs[name][finite].astype(float))
            )
    pairs = [pair for pair in pairs if pair.reference.size]
    return output_drift(pairs).sqnr_db if pairs else None
