"""The batch norms of a graph, and the statistics of what they compute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sizewise.compress.obs.free.constants import Constants, all_values
from sizewise.compress.obs.free.normal import Spread
from sizewise.compress.obs.trace import producer
from sizewise.domain import Array, Graph

_SLOTS: Mapping[str, Mapping[str, int]] = {
    "BatchNormWithGlobalNormalization": {"variance": 2, "beta": 3, "gamma": 4},
    "FusedBatchNorm": {"gamma": 1, "beta": 2, "variance": 4},
    "FusedBatchNormV2": {"gamma": 1, "beta": 2, "variance": 4},
    "FusedBatchNormV3": {"gamma": 1, "beta": 2, "variance": 4},
}
"""Which input of each op holds what; input 0 is what is normalised."""

NORMS = frozenset(_SLOTS)
"""Batch norms of one op."""

ADDITIONS = frozenset(["BiasAdd", "Add", "AddV2"])

_OFFSET = "{}_bn_offset"
"""What the constant is called that is added, once a batch norm was folded into a convolution."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What batch norms compute, by the names of their last nodes, and by those of the constants
    that are added in their place once they were folded.
    """

    outputs: Mapping[str, Spread]
    offsets: Mapping[str, Spread]


def batch_norm_statistics(graph: Graph) -> Statistics:
    """The statistics of the batch norms in a frozen graph, in which none was folded yet.

    The outputs of a batch norm have the mean beta and the variance gamma^2 v / (v + epsilon),
    v being that of its inputs while the model was trained. Batch norms of one op are found, and
    those that Keras 3 writes out; others, those in training mode and those with channels first
    are not.
    """
    graph_def = graph.graph_def
    nodes = {node.name: node for node in graph_def.node}
    return statistics_of(nodes, Constants(nodes, all_values(graph_def)))


def statistics_of(nodes: Mapping[str, Any], constants: Constants) -> Statistics:
    """``batch_norm_statistics`` of nodes by name."""
    outputs: dict[str, Spread] = {}
    offsets: dict[str, Spread] = {}
    for node in nodes.values():
        if node.op in NORMS:
            spread = _of_op(node, constants)
            names = [_OFFSET.format(name) for name in _before(node, nodes)]
        elif node.op in ADDITIONS:
            spread, names = _written_out(node, nodes, constants)
        else:
            continue
        if spread is not None:
            outputs[node.name] = spread
            offsets.update(dict.fromkeys(names, spread))
    return Statistics(outputs, offsets)


def _of_op(norm: Any, constants: Constants) -> Spread | None:
    if _is_training(norm) or norm.attr["data_format"].s not in (b"", b"NHWC"):
        return None
    slots = _SLOTS[norm.op]
    values = {name: constants.of(norm.input[slot]) for name, slot in slots.items()}
    variance, beta, gamma = values["variance"], values["beta"], values["gamma"]
    if variance is None or beta is None or gamma is None:
        return None
    is_global = norm.op == "BatchNormWithGlobalNormalization"
    epsilon = norm.attr["variance_epsilon" if is_global else "epsilon"].f
    if is_global and not norm.attr["scale_after_normalization"].b:
        gamma = np.ones_like(gamma)
    return _spread(beta, gamma / np.sqrt(variance.astype(np.float64) + epsilon), variance)


def _is_training(norm: Any) -> bool:
    """TensorFlow leaves out attributes that have their default, and the default is training."""
    if norm.op == "BatchNormWithGlobalNormalization":
        return False
    return bool(norm.attr["is_training"].b) if "is_training" in norm.attr else True


def _before(norm: Any, nodes: Mapping[str, Any]) -> Iterator[str]:
    """The nodes that a batch norm may be folded into: before it, and before an addition there."""
    first = nodes.get(producer(norm.input[0]))
    if first is not None and first.op in ADDITIONS:
        yield from (producer(tensor) for tensor in first.input[:2])
    elif first is not None:
        yield str(first.name)


def _written_out(
    addition: Any, nodes: Mapping[str, Any], constants: Constants
) -> tuple[Spread | None, list[str]]:
    """The statistics of ``x factor + offset``, and the node of the offset.

    ``factor`` is the reciprocal root of variance plus epsilon, times gamma where there is one;
    ``offset`` is beta less mean times factor.
    """
    for product, offset in (addition.input[:2], list(addition.input[:2])[::-1]):
        multiplied, added = nodes.get(producer(product)), nodes.get(producer(offset))
        if multiplied is None or multiplied.op != "Mul" or added is None:
            continue
        beta = _beta(added, constants)
        for tensor in multiplied.input[:2]:
            factor, variance = constants.of(tensor), _variance(tensor, nodes, constants)
            if beta is not None and factor is not None and variance is not None:
                return _spread(beta, factor, variance), [str(added.name)]
    return None, []


def _beta(offset: Any, constants: Constants) -> Array | None:
    if constants.of(offset.name) is None:
        return None
    if offset.op == "Sub":
        return constants.of(offset.input[0])
    return np.zeros(1) if offset.op == "Mul" else None


def _variance(factor: str, nodes: Mapping[str, Any], constants: Constants) -> Array | None:
    """The variance in a factor: what epsilon, a single number, is added to below the root."""
    node = nodes.get(producer(factor))
    if node is not None and node.op == "Mul":
        found = [_variance(tensor, nodes, constants) for tensor in node.input[:2]]
        return next((variance for variance in found if variance is not None), None)
    if node is None or node.op != "Rsqrt":
        return None
    added = nodes.get(producer(node.input[0]))
    if added is None or added.op not in ADDITIONS:
        return None
    parts = [constants.of(tensor) for tensor in added.input[:2]]
    vectors = [part for part in parts if part is not None and part.size > 1]
    return vectors[0] if len(vectors) == 1 else None


def _spread(beta: Array, factor: Array, variance: Array) -> Spread | None:
    """None where these are not one number a channel, or are not finite."""
    try:
        flat = [each.astype(np.float64).reshape(-1) for each in (beta, factor, variance)]
        mean, scale, before = np.broadcast_arrays(*flat)
    except ValueError:
        return None
    spread = Spread(mean, scale**2 * before)
    is_finite = np.isfinite(spread.mean).all() and np.isfinite(spread.variance).all()
    return spread if is_finite and (spread.variance >= 0).all() else None
