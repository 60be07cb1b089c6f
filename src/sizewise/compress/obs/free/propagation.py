"""The statistics of batch norms, carried on through the ops behind them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from sizewise.compress.obs.free.constants import Constants
from sizewise.compress.obs.free.elementwise import functions
from sizewise.compress.obs.free.normal import (
    Spread,
    integrated,
    moved,
    rectified,
    scaled,
    total,
)
from sizewise.compress.obs.free.norms import ADDITIONS, NORMS, Statistics
from sizewise.compress.obs.reading import ShapeOf
from sizewise.compress.obs.trace import producer
from sizewise.domain import Array

_VECTOR = "/vector"
"""What the name of a bias ends with that was made a vector of."""


def spreads(
    nodes: Mapping[str, Any], constants: Constants, statistics: Statistics, shape_of: ShapeOf
) -> dict[str, Spread]:
    """The statistics of the channels that nodes compute, by their names, as far as known.

    ``nodes`` are those of the graph that is compressed, in which batch norms may be folded.
    What rectifiers are given is taken as normally distributed, and two tensors that are added as
    independent. Averages and maxima of neighbours are taken to be what they are made of: what lies
    side by side in an image is alike. Nothing is known of what a convolution or a matrix product
    computes without a batch norm behind it.
    """
    graph = _Graph(nodes, constants, shape_of, _seeds(nodes, statistics))
    found = graph.found
    count = -1
    # Nodes need not stand in the order of their edges.
    while count != len(found):
        count = len(found)
        for name, node in nodes.items():
            if name not in found and node.op in _RULES:
                spread = _RULES[node.op](node, graph)
                if spread is not None:
                    found[name] = spread
    return found


def _seeds(nodes: Mapping[str, Any], statistics: Statistics) -> dict[str, Spread]:
    """The nodes that compute what a batch norm did: it, or the addition of its offset."""
    readers: defaultdict[str, set[str]] = defaultdict(set)
    for node in nodes.values():
        for tensor in node.input:
            readers[producer(tensor)].add(node.name)
    found = {}
    for name, node in nodes.items():
        if node.op not in ADDITIONS | NORMS:
            continue
        if name in statistics.outputs:
            found[name] = statistics.outputs[name]
            continue
        for added in map(producer, node.input):
            spread = statistics.offsets.get(added.removesuffix(_VECTOR))
            # Equal constants are made one: a shared one says of neither whose it was.
            if spread is not None and node.op in ADDITIONS and len(readers[added]) == 1:
                found[name] = spread
    return found


class _Graph:
    """What the rules look at."""

    def __init__(
        self,
        nodes: Mapping[str, Any],
        constants: Constants,
        shape_of: ShapeOf,
        norms: Mapping[str, Spread],
    ) -> None:
        self.constants = constants
        self.found = dict(norms)
        self._norms = norms
        self._functions = functions(nodes, constants, norms)
        self._shape_of = shape_of

    def of(self, tensor: str) -> Spread | None:
        """What is known of a tensor."""
        return None if ":" in tensor.removesuffix(":0") else self.found.get(producer(tensor))

    def activated(self, name: str) -> Spread | None:
        """What a node computes that is, element by element, a function of one batch norm."""
        function = self._functions.get(name)
        if function is None or function.of is None:
            return None
        return integrated(self._norms[function.of], function.values)

    def channels(self, tensor: str) -> int | None:
        """The size of a tensor's last axis."""
        shape = self._shape_of(tensor)
        return shape[-1] if shape else None

    def rank(self, tensor: str) -> int | None:
        """How many axes a tensor has."""
        shape = self._shape_of(tensor)
        return None if shape is None else len(shape)


Rule: TypeAlias = Callable[[Any, _Graph], Spread | None]
"""From a node to what is known of its result, None for nothing."""


def _kept(node: Any, graph: _Graph) -> Spread | None:
    """The channels stay what they are; or a row of channels becomes a row of several of them."""
    spread, channels = graph.of(node.input[0]), graph.channels(node.name)
    if spread is None or channels is None or channels % len(spread):
        return None
    times = channels // len(spread)
    return Spread(np.tile(spread.mean, times), np.tile(spread.variance, times))


def _rectified(node: Any, graph: _Graph) -> Spread | None:
    spread = graph.of(node.input[0])
    return spread and rectified(spread, 6.0 if node.op == "Relu6" else math.inf)


def _added(node: Any, graph: _Graph) -> Spread | None:
    one, other = (graph.of(tensor) for tensor in node.input[:2])
    if one is not None and other is not None:
        if producer(node.input[0]) == producer(node.input[1]):
            return scaled(one, np.array(2.0))
        return total(one, other) if len(one) == len(other) else None
    return _with_constant(node, graph, moved)


def _multiplied(node: Any, graph: _Graph) -> Spread | None:
    return _with_constant(node, graph, scaled) or graph.activated(node.name)


def _activated(node: Any, graph: _Graph) -> Spread | None:
    return graph.activated(node.name)


def _with_constant(
    node: Any, graph: _Graph, change: Callable[[Spread, Array], Spread]
) -> Spread | None:
    """What comes of a tensor and a number, or one a channel."""
    for tensor, other in (node.input[:2], list(node.input[:2])[::-1]):
        spread, values = graph.of(tensor), graph.constants.of(other)
        if spread is None or values is None:
            continue
        is_row = values.ndim > 0 and values.shape[-1] == len(spread) == values.size
        if is_row or values.size == 1:
            return change(spread, values.astype(np.float64).reshape(-1))
    return None


def _averaged(node: Any, graph: _Graph) -> Spread | None:
    axes, rank = graph.constants.of(node.input[1]), graph.rank(node.input[0])
    if axes is None or rank is None or any(axis % rank in (0, rank - 1) for axis in axes.flat):
        return None
    return graph.of(node.input[0])


def _joined(node: Any, graph: _Graph) -> Spread | None:
    axis, rank = graph.constants.of(node.input[-1]), graph.rank(node.name)
    parts = [graph.of(tensor) for tensor in node.input[:-1]]
    known = [part for part in parts if part is not None]
    if axis is None or rank is None or int(axis) % rank != rank - 1 or len(known) < len(parts):
        return None
    return Spread(
        np.concatenate([part.mean for part in known]),
        np.concatenate([part.variance for part in known]),
    )


_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(
        [
            "AvgPool",
            "BatchToSpaceND",
            "ExpandDims",
            "Identity",
            "MaxPool",
            "Pad",
            "PadV2",
            "Reshape",
            "ResizeBilinear",
            "ResizeNearestNeighbor",
            "SpaceToBatchND",
            "Squeeze",
        ],
        _kept,
    ),
    **dict.fromkeys(["Relu", "Relu6"], _rectified),
    **dict.fromkeys(ADDITIONS, _added),
    **dict.fromkeys(["Elu", "LeakyRelu", "Selu", "Sigmoid", "Softplus", "Tanh"], _activated),
    "Mul": _multiplied,
    "Mean": _averaged,
    "ConcatV2": _joined,
}
"""Only what is known to leave each channel a channel is followed."""
