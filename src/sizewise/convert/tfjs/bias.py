"""Additions behind convolutions and matrix products, made the biases that TF.js can fuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sizewise.convert.tfjs.nodes import GraphIndex, constant, constant_values, rebuilt
from sizewise.convert.tfjs.shapes import Shapes

_RANKS: Mapping[str, int] = {"Conv2D": 4, "DepthwiseConv2dNative": 4, "MatMul": 2}
"""Ranks of what convolutions and matrix products compute."""
_ADDITIONS = frozenset(["Add", "AddV2"])


def normalise_biases(graph_def: Any, outputs: frozenset[str]) -> Any:
    """Make an addition a BiasAdd where it adds one number a channel to a convolution or a matrix
    product that nothing else reads.

    A constant of shape [1, ..., 1, channels] is reshaped to [channels] for it. Whatever else is
    added stays an addition: the upstream converter makes biases of single numbers, images and
    other tensors, too, which the fused kernels of TF.js's WASM backend refuse.
    """
    index = GraphIndex(graph_def, outputs)
    shapes = Shapes(graph_def)
    vectors: dict[str, Any] = {}
    biases = [(node, _bias(node, index, shapes)) for node in graph_def.node]
    for node, bias in biases:
        if bias is None:
            continue
        if bias != node.input[1]:
            vectors[bias] = _vector(bias, index.source(node, 1))
            node.input[1] = bias
        node.op = "BiasAdd"
        node.attr["data_format"].s = b"NHWC"
    return rebuilt(graph_def, [*graph_def.node, *vectors.values()]) if vectors else graph_def


def _bias(addition: Any, index: GraphIndex, shapes: Shapes) -> str | None:
    """The bias that ``addition`` adds, by the name that it has or will have as a vector."""
    contraction = index.source(addition, 0) if addition.op in _ADDITIONS else None
    if contraction is None or contraction.op not in _RANKS or len(index.uses(contraction.name)) > 1:
        return None
    channels = (_channels(contraction, shapes),)
    shape = shapes.of(addition.input[1])
    if None in channels or not shape or shape[-1:] != channels:
        return None
    if len(shape) == 1:
        return str(addition.input[1])
    addend = index.source(addition, 1)
    is_constant = addend is not None and addend.op == "Const"
    fits = len(shape) <= _RANKS[contraction.op] and set(shape[:-1]) == {1}
    return f"{addition.input[1]}/vector" if is_constant and fits else None


def _channels(contraction: Any, shapes: Shapes) -> int | None:
    kernel = shapes.of(contraction.input[1])
    if kernel is None:
        return None
    if contraction.op == "Conv2D":
        return kernel[3]
    if contraction.op == "MatMul":
        return kernel[0 if contraction.attr["transpose_b"].b else 1]
    inner, multiplier = kernel[2:]
    return None if inner is None or multiplier is None else inner * multiplier


def _vector(name: str, addend: Any) -> Any:
    return constant(name, constant_values(addend).reshape(-1))
