"""Where the bytes of an artifact's weights are, layer by layer, and what they were in float32."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from sizewise.analysis.summary import ModelSummary, TargetSummary
from sizewise.domain import Record, TensorReport

MOST_LAYERS = 10
"""Layers that are named; the rest is one sum."""

Read = Callable[[Record], Sequence[TensorReport] | None]
"""Gives the constants of a row's artifact, or None where they were not kept."""

_PLUMBING = re.compile(r"(/(ReadVariableOp|resource|Tensordot|Read|Identity|x|y)(_\d+)?)+$")
"""Ends of names that say how a value got into an op, not what it is for."""
_OUTPUT = re.compile(r"(Stateful)?PartitionedCall(_\d+)?:\d+")
"""What TFLite calls the model's outputs, in each encoding with another number."""
_WEIGHTED = re.compile(r"conv|depthwise|matmul|einsum|gather|lookup|dense", re.IGNORECASE)
"""Ops that have weights, among the names of fused ops."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The stored bytes of a layer, and those that it has in float32; None where not known."""

    name: str
    size_bytes: int
    plain_bytes: int | None


@dataclass(frozen=True, slots=True)
class ByLayer:
    """The weights of an artifact, from the largest layer to the smallest.

    ``others`` is the sum of the ``others_count`` layers that are not named, None where all are.
    ``plain`` is whether the layers are held against the same target's float32.
    """

    record: Record
    layers: tuple[Layer, ...]
    others: Layer | None
    others_count: int
    plain: bool


def by_layer(model: ModelSummary, read: Read) -> tuple[ByLayer, ...]:
    """For each target of a model: the layers of what is to ship, beside those of its float32.

    Where nothing is to ship it is the float32 that is shown. Targets are left out of whose
    artifacts nothing was kept.
    """
    found = (_of_target(target, read) for target in model.targets)
    return tuple(target for target in found if target is not None)


def layer_of(tensor: TensorReport) -> str:
    """The layer that a constant belongs to: its name up to the last ``/``.

    A name without one (``arith.constant7``, ``unknown_53``) says nothing, and then it is the
    layer of the node that takes the constant. Of a fused operator, whose names TFLite joins
    with ``;``, the one that has the weights counts; an op that gives an output of the model, which
    hides its name, is the layer ``output``.
    """
    name = tensor.name if "/" in tensor.name else tensor.used_by or tensor.name
    parts = [_PLUMBING.sub("", part) for part in name.split(";") if part]
    weighted = [part for part in parts if _WEIGHTED.search(part.rpartition("/")[2])]
    chosen = (weighted or parts or [name])[-1]
    if _OUTPUT.fullmatch(chosen):
        return "output"
    return chosen.rpartition("/")[0] or chosen


def short_names(names: Sequence[str]) -> Mapping[str, str]:
    """Names of weights without what says nothing: how a value got into its op, and the scopes that
    all are in; as far as they stay apart.
    """
    bare = {name: _PLUMBING.sub("", name) for name in names}
    if len(set(bare.values())) < len(bare):
        bare = {name: name for name in names}
    short = _without_scope(list(bare.values()))
    return {name: short[bare[name]] for name in names}


def _of_target(target: TargetSummary, read: Read) -> ByLayer | None:
    plain = target.plain
    row = target.smallest or plain
    tensors = None if row is None else read(row.record)
    if row is None or not tensors:
        return None
    sizes = _sizes(tensors)
    compared = None if plain is None or plain is row else read(plain.record)
    return _ranked(row.record, sizes, _sizes(compared or ()))


def _sizes(tensors: Iterable[TensorReport]) -> Counter[str]:
    sizes: Counter[str] = Counter()
    for tensor in tensors:
        sizes[layer_of(tensor)] += tensor.size_bytes
    return sizes


def _ranked(record: Record, sizes: Counter[str], plain: Counter[str]) -> ByLayer:
    ranked = sorted(sizes, key=lambda name: (-sizes[name], name))
    # A sum of one would take as much room as its name.
    most = MOST_LAYERS if len(ranked) > MOST_LAYERS + 1 else len(ranked)
    named, rest = ranked[:most], ranked[most:]
    # Where the other artifact's layers have other names, nothing is compared.
    known = bool(plain) and plain.keys() >= set(named)
    names = _without_scope(ranked)
    others = None
    if rest:
        left = plain.total() - sum(plain[name] for name in named)
        size = sum(sizes[name] for name in rest)
        others = Layer(f"{len(rest)} others", size, left if known else None)
    layers = (Layer(names[name], sizes[name], plain[name] if known else None) for name in named)
    return ByLayer(record, tuple(layers), others, len(rest), known)


def _without_scope(names: Sequence[str]) -> Mapping[str, str]:
    """The names without the scopes that all of them are in, as far as they stay apart."""
    paths = [name.split("/")[:-1] for name in names if "/" in name]
    shared = takewhile(lambda level: len(set(level)) == 1, zip(*paths, strict=False))
    scope = "".join(f"{level[0]}/" for level in shared)
    short = {name: name.removeprefix(scope) for name in names}
    return short if len(set(short.values())) == len(short) else {name: name for name in names}
