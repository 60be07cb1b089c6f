"""What is worth knowing about the weights of a graph before TFLite stores them in fewer bits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from sizewise.convert import checks
from sizewise.convert.tflite.values import values_of
from sizewise.domain import WEIGHT_SLOTS, Array, Graph, weight_names

_EIGHT_BITS = frozenset(
    ["dynamic_int8", "int8", "int16x8", "weight_int8", "aeq_dynamic_int8", "aeq_int8"]
)
"""Encodings that store weights in eight bits, with a scale for each channel."""

_LARGEST_LEVEL = 127
_FEWEST_VALUES = 64
"""A channel with fewer weights is not judged by how many levels they use."""
_FIRST_ROWS = 256
"""How much of each channel is looked at first: nearly always that is enough."""

_MEANINGS: Mapping[str, str] = {
    **checks.NOTES,
    "levels": f"fewer than {checks.FEWEST_LEVELS} of 255 levels in use in a channel, because of an "
    "outlier",
    "overflow": "beyond the range of float16, cut off at 65504",
    "vanished": "positive values become 0 in float16",
}


def weight_notes(graph: Graph, encoding: str) -> tuple[str, ...]:
    """What to know of the weights of ``graph`` when they are stored as ``encoding`` says.

    float16 holds for every constant, and TensorFlow's converter keeps none of them out; the
    others for kernels alone.
    """
    return checks.notes(_findings(graph, encoding), _MEANINGS)


def _findings(graph: Graph, encoding: str) -> Iterator[tuple[str, str]]:
    kernels = weight_names(graph.skeleton.node)
    users = _users(graph.skeleton) if encoding in _EIGHT_BITS else {}
    for name, values in values_of(graph, {node.name for node in graph.skeleton.node}):
        if values.dtype.kind != "f" or not checks.is_finite(values):
            continue
        if name in kernels and values.ndim > 1 and (found := checks.shape_finding(values)):
            yield found, name
        if encoding == "float16" and (found := checks.float16_finding(values)):
            yield found, name
        if name in users and _has_few_levels(_by_channel(values, *users[name])):
            yield "levels", name


def _users(graph_def: Any) -> dict[str, tuple[Any, int]]:
    """The op and its slot that each kernel feeds, directly or through an Identity."""
    nodes = {node.name: node for node in graph_def.node}
    users: dict[str, tuple[Any, int]] = {}
    for node in graph_def.node:
        for slot in WEIGHT_SLOTS.get(node.op, ()):
            source = nodes.get(node.input[slot].partition(":")[0])
            while source is not None and source.op == "Identity":
                source = nodes.get(source.input[0].partition(":")[0])
            if source is not None and source.op == "Const":
                users[source.name] = node, slot
    return users


def _by_channel(values: Array, op: Any, slot: int) -> Array:
    """``values`` as [weights, channels]; all in one channel where the op has one scale for all."""
    if op.op in ("Conv2D", "Conv3D"):
        return values.reshape(-1, values.shape[-1])
    if op.op == "DepthwiseConv2dNative":
        return values.reshape(values.shape[0] * values.shape[1], -1)
    if op.op == "MatMul" and slot == 1:
        return values.T if op.attr["transpose_b"].b else values
    return values.reshape(-1, 1)


def _has_few_levels(matrix: Array) -> bool:
    """Whether a channel of ``matrix`` uses few levels of eight bits, with more values of its own.

    The levels are symmetric about 0, with the largest absolute value at the end, as the
    specification of 8-bit quantization of TFLite has it.
    """
    if len(matrix) < _FEWEST_VALUES or matrix.shape[1] == 0:
        return False
    scale = np.maximum(matrix.max(axis=0), -matrix.min(axis=0)) / _LARGEST_LEVEL
    scale[scale == 0] = 1
    levels = _levels(matrix[:_FIRST_ROWS], scale)
    channels = matrix.shape[1]
    counts = np.bincount((levels + 256 * np.arange(channels)).reshape(-1), minlength=256 * channels)
    used = np.count_nonzero(counts.reshape(channels, 256), axis=1)
    return any(
        checks.level_finding(column, _levels(column, scale[channel])) is not None
        for channel in np.flatnonzero(used < checks.FEWEST_LEVELS)
        for column in [np.ascontiguousarray(matrix[:, channel])]
    )


def _levels(values: Array, scale: Any) -> Array:
    levels: Array = np.rint(values / scale).astype(np.int64) + 128
    return levels
