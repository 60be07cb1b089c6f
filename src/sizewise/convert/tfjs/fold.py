"""Batch norms folded into the kernels of the convolutions before them.

With the scale s = gamma / sqrt(variance + epsilon), batch norm of a convolution with kernel K and
bias b is a convolution with kernel K s and bias beta - (mean - b) s
(Jacob et al., 2018, section 3.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sizewise.convert.tfjs.nodes import (
    GraphIndex,
    constant,
    constant_values,
    is_training,
    producer,
    rebuilt,
)
from sizewise.domain import Array

_CONVOLUTIONS = frozenset(["Conv2D", "DepthwiseConv2dNative"])
_ADDITIONS = frozenset(["BiasAdd", "Add", "AddV2"])
_STATISTICS: Mapping[str, Mapping[str, int]] = {
    "BatchNormWithGlobalNormalization": {"mean": 1, "variance": 2, "beta": 3, "gamma": 4},
    "FusedBatchNorm": {"gamma": 1, "beta": 2, "mean": 3, "variance": 4},
    "FusedBatchNormV3": {"gamma": 1, "beta": 2, "mean": 3, "variance": 4},
}
"""Which input of each op holds what; input 0 is what is normalised."""


@dataclass(frozen=True, slots=True)
class _Match:
    """A batch norm that can be folded, and the nodes that go with it.

    ``statistics`` are the values of its four constants, of shape [channels] each; a bias between
    convolution and batch norm is already taken off the mean.
    """

    norm: Any
    convolution: Any
    addition: Any | None
    kernel: Any
    statistics: Mapping[str, Array]


def fold_batch_norms(graph_def: Any, outputs: frozenset[str]) -> Any:
    """Fold every inference batch norm that follows a convolution of constant kernel.

    The bits are those of the upstream converter's fold, which multiplies element by element.
    A convolution that something else reads too, or that is itself among ``outputs``, is left
    alone: its kernel is not the batch norm's to change.
    """
    index = GraphIndex(graph_def, outputs)
    matches = [match for node in graph_def.node if (match := _match(node, index))]
    gone = {node.name for match in matches for node in _replaced(match)}
    gone |= {match.kernel.name for match in matches if _is_unread(match.kernel, index, gone)}
    kept = [_without_control(node, gone) for node in graph_def.node if node.name not in gone]
    return rebuilt(graph_def, kept + [node for match in matches for node in _folded(match)])


def _match(norm: Any, index: GraphIndex) -> _Match | None:
    slots = _STATISTICS.get(norm.op)
    if slots is None or not _is_inference(norm, index):
        return None
    convolution, addition, bias = _before(norm, index)
    kernel = None if convolution is None else index.source(convolution, 1)
    if kernel is None or kernel.op != "Const":
        return None
    statistics = _statistics(norm, slots, index)
    if "mean" in statistics and bias is not None:
        statistics["mean"] = statistics["mean"] - bias
    shape = (_channels(convolution, kernel),)
    if [values.shape for values in statistics.values()] != [shape] * len(slots):
        return None
    return _Match(norm, convolution, addition, kernel, statistics)


def _is_inference(norm: Any, index: GraphIndex) -> bool:
    """Whether ``norm`` uses its moving statistics, and nobody reads the ones that it returns."""
    return not is_training(norm) and all(use.port == 0 for use in index.uses(norm.name))


def _statistics(norm: Any, slots: Mapping[str, int], index: GraphIndex) -> dict[str, Array]:
    """The values of those statistics that are constants."""
    found = {name: _constant(index.source(norm, slot)) for name, slot in slots.items()}
    return {name: values for name, values in found.items() if values is not None}


def _before(norm: Any, index: GraphIndex) -> tuple[Any | None, Any | None, Array | None]:
    """The convolution that only ``norm`` reads, and the addition of a constant between them."""
    node = index.source(norm, 0)
    if node is None or not index.is_private(node.name):
        return None, None, None
    if node.op in _CONVOLUTIONS:
        return node, None, None
    if node.op not in _ADDITIONS:
        return None, None, None
    first, second = index.source(node, 0), index.source(node, 1)
    if first is None or first.op not in _CONVOLUTIONS:
        first, second = second, first
    bias = _constant(second)
    if first is None or first.op not in _CONVOLUTIONS or bias is None:
        return None, None, None
    return (first, node, bias) if index.is_private(first.name) else (None, None, None)


def _constant(node: Any | None) -> Array | None:
    return constant_values(node) if node is not None and node.op == "Const" else None


def _channels(convolution: Any, kernel: Any) -> int:
    shape = [dimension.size for dimension in kernel.attr["value"].tensor.tensor_shape.dim]
    return int(shape[3] if convolution.op == "Conv2D" else shape[2] * shape[3])


def _replaced(match: _Match) -> list[Any]:
    nodes = [match.norm, match.convolution, match.addition]
    return [node for node in nodes if node is not None]


def _is_unread(kernel: Any, index: GraphIndex, gone: set[str]) -> bool:
    readers = {use.node.name for use in index.uses(kernel.name)}
    return readers <= gone and kernel.name not in index.outputs


def _without_control(node: Any, gone: set[str]) -> Any:
    """``node`` without control inputs from nodes that are gone."""
    kept = [name for name in node.input if not name.startswith("^") or producer(name) not in gone]
    if len(kept) == len(node.input):
        return node
    copy = type(node)()
    copy.CopyFrom(node)
    copy.input[:] = kept
    return copy


def _folded(match: _Match) -> list[Any]:
    """The scaled kernel, the convolution, the offset and the addition under the norm's name."""
    original, norm = match.convolution, match.norm
    scale, offset = _scale_and_offset(norm, match.statistics)
    kernel = constant(f"{original.name}_weights", _scaled(match, scale))
    bias = constant(f"{original.name}_bn_offset", offset)
    convolution = type(original)()
    convolution.CopyFrom(original)
    convolution.input[1] = kernel.name
    addition = type(original)(name=norm.name, op="BiasAdd", input=[convolution.name, bias.name])
    addition.attr["T"].CopyFrom(original.attr["T"])
    addition.attr["data_format"].CopyFrom(original.attr["data_format"])
    return [kernel, convolution, bias, addition]


def constant_affine(norm: Any, index: GraphIndex) -> tuple[Array, Array] | None:
    """Scale, in float64, and offset of an inference batch norm whose statistics are constants.

    None for every other node.
    """
    slots = _STATISTICS.get(norm.op)
    if slots is None or not _is_inference(norm, index):
        return None
    values = _statistics(norm, slots, index)
    return _scale_and_offset(norm, values) if values.keys() == slots.keys() else None


def _scale_and_offset(norm: Any, values: Mapping[str, Array]) -> tuple[Array, Array]:
    """The scale in float64, the offset rounded to the type of the statistics."""
    is_global = norm.op == "BatchNormWithGlobalNormalization"
    epsilon = norm.attr["variance_epsilon" if is_global else "epsilon"].f
    # The root is taken in float64 of a sum rounded to float32: upstream's bits depend on it.
    scale = 1.0 / np.sqrt((values["variance"] + epsilon).astype(np.float64))
    if not is_global or norm.attr["scale_after_normalization"].b:
        scale = scale * values["gamma"]
    offset = -values["mean"] * scale + values["beta"]
    return scale, offset.astype(values["mean"].dtype)


def _scaled(match: _Match, scale: Array) -> Array:
    kernel = constant_values(match.kernel)
    if match.convolution.op == "DepthwiseConv2dNative":
        scale = scale.reshape(kernel.shape[2:])
    scaled = np.empty_like(kernel)
    # Each product is formed in float64 and rounded once.
    np.multiply(kernel, scale, out=scaled, casting="same_kind")
    return scaled
