"""Constant factors behind convolutions and matrix products, multiplied into their kernels.

TensorFlow's converter to TFLite does so by itself. Where it is done before, kernels that are
changed afterwards stay what they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sizewise.convert.tfjs.fold import constant_affine
from sizewise.convert.tfjs.nodes import GraphIndex, constant, constant_values, rebuilt
from sizewise.convert.tfjs.shapes import Shapes
from sizewise.domain import Array

_CHANNEL_AXES: Mapping[str, tuple[int, ...]] = {
    "Conv2D": (3,),
    "Conv2DBackpropInput": (2,),
    "Conv3D": (4,),
    "DepthwiseConv2dNative": (2, 3),
    "MatMul": (1,),
    "BatchMatMulV2": (-1,),
}
"""The axes of each op's kernel, which is its input 1, that count the channels of its result."""

_TRANSPOSED: Mapping[str, tuple[str, tuple[int, ...]]] = {
    "MatMul": ("transpose_b", (0,)),
    "BatchMatMulV2": ("adj_y", (-2,)),
}
"""The attribute that turns a kernel round, and the axes of the channels then."""

_ADDITIONS = frozenset(["BiasAdd", "Add", "AddV2"])
_RESHAPES = frozenset(["Identity", "Squeeze", "Reshape", "ExpandDims"])
_CHANNELS_FIRST = (b"NCHW", b"NCDHW")


@dataclass(frozen=True, slots=True)
class _Factor:
    """``scale`` is a number or one a channel; ``offset``, one a channel, is a batch norm's.

    ``node`` reads what is multiplied in its input ``slot``.
    """

    node: Any
    slot: int
    scale: Array
    offset: Array | None = None


@dataclass(frozen=True, slots=True)
class _Match:
    """A factor, what computes the values that it multiplies, and the axes of the channels.

    ``addend`` is the input of ``addition`` that holds a constant, if there is one between them.
    """

    factor: _Factor
    contraction: Any
    kernel: Any
    axes: tuple[int, ...]
    addition: Any | None
    addend: int | None


def fold_factors(graph_def: Any, outputs: frozenset[str]) -> Any:
    """Multiply into every constant kernel the factors of its channels, and those of batch norms.

    A factor may stand behind the addition of a constant, and behind changes of shape that keep
    the last axis. Where something else reads what is multiplied, or the graph returns it, it is
    left alone, as are convolutions with channels first. ``graph_def`` is not changed.
    """
    result = type(graph_def)()
    result.CopyFrom(graph_def)
    while True:
        index, shapes = GraphIndex(result, outputs), Shapes(result)
        matches = [match for node in result.node if (match := _match(node, index, shapes))]
        if not matches:
            return result
        made = [node for match in matches for node in _fold(match, index)]
        result = rebuilt(result, [*result.node, *made])


def _match(node: Any, index: GraphIndex, shapes: Shapes) -> _Match | None:
    factor = _factor(node, index, shapes)
    if factor is None:
        return None
    reader, slot, addition, addend = node, factor.slot, None, None
    while (source := index.source(reader, slot)) is not None and index.is_private(source.name):
        if source.op in _CHANNEL_AXES:
            return _with_kernel(_Match(factor, source, None, (), addition, addend), index)
        if source.op in _RESHAPES and _keeps_channels(source, factor, shapes):
            reader, slot = source, 0
        elif source.op in _ADDITIONS and addition is None and _has_channels_last(source):
            addend = _constant_slot(source, index)
            if addend is None:
                return None
            reader, slot, addition = source, 1 - addend, source
        else:
            return None
    return None


def _factor(node: Any, index: GraphIndex, shapes: Shapes) -> _Factor | None:
    """What ``node`` multiplies by, if it is a constant for each channel of the last axis."""
    if node.op == "Mul":
        slot = _constant_slot(node, index)
        if slot is None:
            return None
        scale = constant_values(index.source(node, slot))
        rank = len(shapes.of(node.input[1 - slot]) or ())
        is_a_channels = scale.size == 1 or scale.shape[-1] == scale.size
        if scale.dtype.kind != "f" or not is_a_channels or scale.ndim > max(rank, 1):
            return None
        return _Factor(node, 1 - slot, scale.astype(np.float64).reshape(-1))
    affine = constant_affine(node, index) if _has_channels_last(node) else None
    return None if affine is None else _Factor(node, 0, *affine)


def _with_kernel(match: _Match, index: GraphIndex) -> _Match | None:
    """``match`` with the kernel, if it is a constant that has as many channels as the factor."""
    contraction = match.contraction
    kernel = index.source(contraction, 1)
    if kernel is None or kernel.op != "Const" or not _has_channels_last(contraction):
        return None
    shape = [int(dimension.size) for dimension in kernel.attr["value"].tensor.tensor_shape.dim]
    attribute, turned = _TRANSPOSED.get(contraction.op, ("", ()))
    is_turned = attribute in contraction.attr and contraction.attr[attribute].b
    axes = turned if is_turned else _CHANNEL_AXES[contraction.op]
    channels = int(np.prod([shape[axis] for axis in axes]))
    if match.factor.scale.size not in (1, channels):
        return None
    return replace(match, kernel=kernel, axes=axes)


def _has_channels_last(node: Any) -> bool:
    return "data_format" not in node.attr or node.attr["data_format"].s not in _CHANNELS_FIRST


def _keeps_channels(reshape: Any, factor: _Factor, shapes: Shapes) -> bool:
    """Whether the last axis stays what it is, or all axes are multiplied by the same number."""
    if reshape.op == "Identity" or factor.scale.size == 1:
        return True
    before, after = shapes.of(reshape.input[0]), shapes.of(reshape.name)
    last = (factor.scale.size,)
    return before is not None and after is not None and before[-1:] == after[-1:] == last


def _constant_slot(node: Any, index: GraphIndex) -> int | None:
    """The input of a node with two that is a constant, if just one is."""
    sources = [index.source(node, slot) for slot in (0, 1)]
    slots = [slot for slot, one in enumerate(sources) if one is not None and one.op == "Const"]
    return slots[0] if len(slots) == 1 else None


def _fold(match: _Match, index: GraphIndex) -> list[Any]:
    """Change the nodes of ``match``; gives the new nodes that this takes."""
    factor = match.factor
    made = _scaled(match.contraction, 1, _along(match, factor.scale), index)
    if match.addition is not None and match.addend is not None:
        made += _scaled(match.addition, match.addend, factor.scale, index)
    node, dtype = factor.node, factor.node.attr["T"].type
    read = node.input[factor.slot]
    node.ClearField("attr")
    node.attr["T"].type = dtype
    if factor.offset is None:
        node.op = "Identity"
        node.input[:] = [read]
        return made
    offset = constant(f"{node.name}_offset", factor.offset)
    node.op = "BiasAdd"
    node.input[:] = [read, offset.name]
    return [*made, offset]


def _along(match: _Match, scale: Array) -> Array:
    """``scale`` in a shape that broadcasts along the axes of the kernel's channels."""
    if scale.size == 1:
        return scale
    dimensions = match.kernel.attr["value"].tensor.tensor_shape.dim
    shape = [1] * len(dimensions)
    for axis in match.axes:
        shape[axis] = int(dimensions[axis].size)
    return scale.reshape(shape)


def _scaled(reader: Any, slot: int, scale: Array, index: GraphIndex) -> list[Any]:
    """Multiply the constant in input ``slot`` of ``reader`` by ``scale``.

    Where others read it, too, ``reader`` gets one of its own, which is given back.
    """
    original = index.source(reader, slot)
    assert original is not None, "it was matched"
    values = constant_values(original)
    # Each product is formed in float64 and rounded once.
    product = (values * scale).astype(values.dtype)
    if index.is_private(original.name):
        original.attr["value"].CopyFrom(constant("", product).attr["value"])
        return []
    own = constant(f"{reader.name}_scaled", product)
    # In a branch, constants wait for their turn by control inputs.
    own.input.extend(original.input)
    reader.input[slot] = own.name
    return [own]
