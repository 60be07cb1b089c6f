"""Batch norm with the statistics of the batch at hand, in ops that TF.js has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sizewise.convert.tfjs.nodes import GraphIndex, constant, is_training, new_node, rebuilt

BATCH_NORMS = frozenset(["FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"])

_AXES: Mapping[bytes, tuple[list[int], list[int]]] = {
    b"NHWC": ([0, 1, 2], [1, 1, 1, -1]),
    b"NCHW": ([0, 2, 3], [1, -1, 1, 1]),
}
"""The axes that a channel's statistics are of, and the shape of one number a channel."""


def write_out_training(graph_def: Any, outputs: frozenset[str]) -> Any:
    """Compute what a batch norm in training mode computes: TF.js would use moving statistics.

    The layer norm of tf_keras is made of one. A batch norm whose statistics are read is left
    alone. Graphs without any are given back as they are.
    """
    index = GraphIndex(graph_def, outputs)
    names = {node.name for node in graph_def.node if _can_be_written_out(node, index)}
    if not names:
        return graph_def
    return rebuilt(
        graph_def,
        (
            part
            for node in graph_def.node
            for part in (_written_out(node) if node.name in names else [node])
        ),
    )


def _can_be_written_out(node: Any, index: GraphIndex) -> bool:
    """Whether it is in training mode, and only what it normalises is read."""
    return (
        node.op in BATCH_NORMS
        and is_training(node)
        and node.attr["data_format"].s in _AXES
        and all(use.port == 0 for use in index.uses(node.name))
    )


def _written_out(norm: Any) -> list[Any]:
    """The statistics are of all axes but the channels', and gamma and beta are one a channel."""
    axes, shape = _AXES[norm.attr["data_format"].s]
    each = constant(f"{norm.name}/shape", np.asarray(shape, np.int32))
    dtype = norm.attr["U"].type or norm.attr["T"].type
    scale, offset = (
        new_node(f"{norm.name}/{part}", "Reshape", [values, each.name], dtype)
        for part, values in (("scale", norm.input[1]), ("offset", norm.input[2]))
    )
    for reshaped in (scale, offset):
        reshaped.attr["Tshape"].CopyFrom(each.attr["dtype"])
    return [each, scale, offset, *_normalised(norm, axes, scale.name, offset.name)]


def _normalised(node: Any, axes: Sequence[int], scale: str, offset: str) -> list[Any]:
    """Nodes that compute ``scale (x - mean) / sqrt(variance + epsilon) + offset`` in place of
    ``node``, whose first input is x and whose attribute is epsilon.

    Mean and variance are over ``axes``, the latter without Bessel's correction (Ioffe and
    Szegedy, 2015, algorithm 1).
    """
    import tensorflow as tf

    name, tensor, dtype = node.name, node.input[0], node.attr["T"].type
    number = tf.as_dtype(dtype).as_numpy_dtype

    def computed(part: str, op: str, *inputs: str) -> Any:
        return new_node(f"{name}/{part}", op, inputs, dtype)

    over = constant(f"{name}/axes", np.asarray(axes, np.int32))
    epsilon = constant(f"{name}/epsilon", np.asarray(node.attr["epsilon"].f, number))
    mean = computed("mean", "Mean", tensor, over.name)
    squares = computed("squares", "SquaredDifference", tensor, mean.name)
    variance = computed("variance", "Mean", squares.name, over.name)
    for reduced in (mean, variance):
        reduced.attr["Tidx"].CopyFrom(over.attr["dtype"])
        reduced.attr["keep_dims"].b = True
    shifted = computed("shifted", "AddV2", variance.name, epsilon.name)
    inverse = computed("inverse", "Rsqrt", shifted.name)
    factor = computed("factor", "Mul", inverse.name, scale)
    centred = computed("centred", "Sub", tensor, mean.name)
    scaled = computed("scaled", "Mul", centred.name, factor.name)
    result = new_node(name, "AddV2", [scaled.name, offset], dtype)
    steps = [mean, squares, variance, shifted, inverse, factor, centred, scaled]
    return [over, epsilon, *steps, result]
