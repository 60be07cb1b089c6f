"""Fusions that TensorFlow's optimiser makes and TF.js cannot run, taken apart again.

Which of them appear depends on the CPU and on oneDNN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from sizewise.convert.tfjs.nodes import constant, new_node, rebuilt
from sizewise.errors import UnsupportedOpError

_FUSED_CONTRACTIONS = frozenset(["_FusedConv2D", "_FusedMatMul"])
_RUN_FUSED = frozenset(["Relu", "Relu6", "Elu", "LeakyRelu", "Sigmoid"])
"""Activations that the fused kernels of TF.js have."""

Emit: TypeAlias = Callable[[Any, str, str], list[Any]]
"""From a fused node, the name to give and the input to read to the nodes of an activation."""


def unfuse(graph_def: Any) -> Any:
    """Split off what the fused kernels of TF.js lack; other fusions stay.

    Raises UnsupportedOpError for a fusion that nothing here can split.
    """
    parts = [_split(node) for node in graph_def.node]
    if all(len(nodes) == 1 for nodes in parts):
        return graph_def
    return rebuilt(graph_def, (node for nodes in parts for node in nodes))


def _split(node: Any) -> list[Any]:
    if node.op == "_FusedBatchNormEx":
        return _split_batch_norm(node)
    if node.op == "_FusedHardSwish":
        return _hard_swish(node, node.name, node.input[0])
    if node.op in _FUSED_CONTRACTIONS:
        return _split_contraction(node)
    return [node]


def _split_contraction(node: Any) -> list[Any]:
    """A fused bias, or a batch norm that could not be folded, and an activation after it."""
    head, *activations = [name.decode() for name in node.attr["fused_ops"].list.s]
    if head == "BiasAdd" and len(activations) <= 1 and _RUN_FUSED.issuperset(activations):
        return [node]
    if head not in _HEADS or len(activations) > 1 or not _ACTIVATIONS.keys() >= set(activations):
        raise UnsupportedOpError(
            f"TF.js cannot run {node.op} of {', '.join([head, *activations])} ({node.name})",
            advice="set TF_ENABLE_ONEDNN_OPTS=0, which keeps TensorFlow from most fusions",
        )
    name = f"{node.name}/{head}" if activations else node.name
    nodes = _HEADS[head](node, name)
    for activation in activations:
        nodes += _ACTIVATIONS[activation](node, node.name, name)
    return nodes


def _biased(node: Any, name: str) -> list[Any]:
    biased = type(node)()
    biased.CopyFrom(node)
    biased.name = name
    biased.attr["fused_ops"].list.s[:] = [b"BiasAdd"]
    return [biased]


def _normalised(node: Any, name: str) -> list[Any]:
    """A plain convolution and the batch norm behind it."""
    import tensorflow as tf

    convolution = type(node)(name=f"{name}/Conv2D", op="Conv2D", input=node.input[:2])
    for attribute in ("T", "strides", "padding", "explicit_paddings", "data_format", "dilations"):
        convolution.attr[attribute].CopyFrom(node.attr[attribute])
    inputs = [convolution.name, *node.input[2:6]]
    norm = type(node)(name=name, op="FusedBatchNormV3", input=inputs)
    for attribute in ("T", "epsilon", "data_format"):
        norm.attr[attribute].CopyFrom(node.attr[attribute])
    norm.attr["U"].type = tf.float32.as_datatype_enum
    norm.attr["is_training"].b = False
    return [convolution, norm]


def _split_batch_norm(node: Any) -> list[Any]:
    """Batch norm, the addition of a side input if there is one, and the activation."""
    norm = type(node)(name=f"{node.name}/norm", op="FusedBatchNormV3", input=node.input)
    for name in ("T", "U", "epsilon", "exponential_avg_factor", "data_format", "is_training"):
        norm.attr[name].CopyFrom(node.attr[name])
    nodes = [norm]
    if node.attr["num_side_inputs"].i:
        side = norm.input.pop(5)
        nodes.append(_simple(node, f"{node.name}/sum", "AddV2", norm.name, side))
    activation = node.attr["activation_mode"].s.decode()
    return [*nodes, *_ACTIVATIONS[activation](node, node.name, nodes[-1].name)]


def _simple(fused: Any, name: str, op: str, *inputs: str) -> Any:
    return new_node(name, op, inputs, fused.attr["T"].type)


def _plain(op: str) -> Emit:
    return lambda fused, name, tensor: [_simple(fused, name, op, tensor)]


def _hard_swish(fused: Any, name: str, tensor: str) -> list[Any]:
    """Hard swish: x relu6(x + 3) / 6 (Howard et al., 2019)."""
    three, sixth = (
        _number(fused, f"{name}/{part}", value) for part, value in (("three", 3), ("sixth", 1 / 6))
    )
    shifted = _simple(fused, f"{name}/add", "AddV2", tensor, three.name)
    clipped = _simple(fused, f"{name}/Relu6", "Relu6", shifted.name)
    gate = _simple(fused, f"{name}/mul", "Mul", clipped.name, sixth.name)
    return [three, sixth, shifted, clipped, gate, _simple(fused, name, "Mul", tensor, gate.name)]


def _number(fused: Any, name: str, value: float) -> Any:
    import tensorflow as tf

    dtype = tf.as_dtype(fused.attr["T"].type).as_numpy_dtype
    return constant(name, np.asarray(value, dtype))


_HEADS: Mapping[str, Callable[[Any, str], list[Any]]] = {
    "BiasAdd": _biased,
    "FusedBatchNorm": _normalised,
}
"""How what comes first in a fusion is written out, given the name of its result."""

_ACTIVATIONS: Mapping[str, Emit] = {
    **{op: _plain(op) for op in ("Identity", "Relu", "Relu6", "Elu", "Sigmoid", "Tanh")},
    "_FusedHardSwish": _hard_swish,
}
"""How each activation is written out."""
