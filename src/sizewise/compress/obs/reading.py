"""What each op makes of its kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sizewise.compress.obs.contractions import Contraction, Einsum, Lookup, Product
from sizewise.compress.obs.convolutions import Convolution, Padding, Transposed
from sizewise.domain import Array

ACTIVATIONS: Mapping[str, int] = {"Conv2DBackpropInput": 2, "Conv3DBackpropInputV2": 2}
"""The input that a kernel is multiplied with, where an op has more than two."""

ShapeOf: TypeAlias = Callable[[str], Sequence[int | None] | None]
"""From a tensor's name to its shape, None for an unknown rank."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the tensors around an op; ``value_of`` one that is no constant is None."""

    shape_of: ShapeOf
    value_of: Callable[[str], Array | None]


def contraction_of(
    node: Any, slot: int, shape: tuple[int, ...], around: Surroundings
) -> Contraction | None:
    """How ``node`` multiplies the kernel of ``shape`` that it reads at ``slot``.

    None for an op that is not understood here.
    """
    read = _READERS.get(node.op)
    return read(node, slot, shape, around) if read else None


def _convolution(
    node: Any, slot: int, shape: tuple[int, ...], around: Surroundings
) -> Convolution | None:
    image = around.shape_of(node.input[0])
    channels = image[-1] if image else None
    if not _is_channels_last(node, slot, shape) or channels is None:
        return None
    depthwise = node.op == "DepthwiseConv2dNative"
    strides, dilations, padding = _geometry(node, len(shape) - 2)
    groups = 1 if depthwise else channels // shape[-2]
    return Convolution(shape[:-2], strides, dilations, padding, groups, depthwise)


def _transposed(
    node: Any, slot: int, shape: tuple[int, ...], around: Surroundings
) -> Transposed | None:
    result = around.shape_of(node.name) or [None] * len(shape)
    # In groups, the result has the outputs of all of them.
    if not _is_channels_last(node, slot, shape) or result[-1] not in (None, shape[-2]):
        return None
    return Transposed(shape[:-2], *_geometry(node, len(shape) - 2), tuple(result[1:-1]))


def _is_channels_last(node: Any, slot: int, shape: tuple[int, ...]) -> bool:
    axes = 3 if node.op.startswith("Conv3D") else 2
    known = (b"", b"NHWC", b"NDHWC")
    return slot == 1 and len(shape) == axes + 2 and node.attr["data_format"].s in known


def _geometry(node: Any, axes: int) -> tuple[tuple[int, ...], tuple[int, ...], Padding]:
    """Strides, dilations and padding of a convolution along the axes of its image."""
    padding: Padding = node.attr["padding"].s.decode()
    if padding == "EXPLICIT":
        around = list(node.attr["explicit_paddings"].list.i)[2:-2]
        padding = tuple(zip(around[::2], around[1::2], strict=True))
    strides = tuple(node.attr["strides"].list.i)[1:-1]
    dilations = tuple(node.attr["dilations"].list.i)[1:-1] or (1,) * axes
    return strides, dilations, padding


def _product(node: Any, slot: int, shape: tuple[int, ...], _: Surroundings) -> Product | None:
    if len(shape) < 2:
        return None
    first, second = ("adj_x", "adj_y") if node.op != "MatMul" else ("transpose_a", "transpose_b")
    turned = (node.attr[first].b, node.attr[second].b)
    return Product(shape, slot == 0, turned[slot], turned[1 - slot])


def _einsum(node: Any, slot: int, _: tuple[int, ...], around: Surroundings) -> Einsum | None:
    equation = node.attr["equation"].s.decode().replace(" ", "")
    operands, _, result = equation.partition("->")
    parts = operands.split(",")
    if len(node.input) != 2 or len(parts) != 2 or "->" not in equation:
        return None
    if "..." in equation:
        other = around.shape_of(node.input[1 - slot])
        if other is None or "..." in parts[slot]:
            return None
        free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in equation]
        letters = "".join(free[: len(other) - len(parts[1 - slot].replace("...", ""))])
        parts[1 - slot] = parts[1 - slot].replace("...", letters)
        result = result.replace("...", letters)
    found = Einsum(parts[slot], parts[1 - slot], result)
    return found if found.is_product else None


def _lookup(node: Any, slot: int, shape: tuple[int, ...], around: Surroundings) -> Lookup | None:
    if slot != 0 or len(shape) < 2:
        return None
    if node.op == "GatherV2":
        axis = around.value_of(node.input[2])
        # A batch of tables has an axis that is not 0.
        if axis is None or axis != 0:
            return None
    return Lookup(shape[0])


_READERS: Mapping[str, Callable[[Any, int, tuple[int, ...], Surroundings], Contraction | None]] = {
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "DepthwiseConv2dNative": _convolution,
    "Conv2DBackpropInput": _transposed,
    "Conv3DBackpropInputV2": _transposed,
    "MatMul": _product,
    "BatchMatMul": _product,
    "BatchMatMulV2": _product,
    "Einsum": _einsum,
    "Gather": _lookup,
    "GatherV2": _lookup,
}
"""How each op is read as matrices; None for one that is not what is understood here."""
