"""Ops that only TF.js has, or that TensorFlow keeps to itself, written out in plain ops."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sizewise.errors import SourceError

Emit: TypeAlias = Callable[[Any, str, str, str | None], list[Any]]
"""From a fused node, the name to give, the input to read and the slope of a Prelu to nodes."""

_FLOAT32 = 1
"""TensorFlow's number of the type."""

_CONTRACTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "_FusedConv2D": (
        "Conv2D",
        ("T", "strides", "padding", "explicit_paddings", "data_format", "dilations"),
    ),
    "FusedDepthwiseConv2dNative": (
        "DepthwiseConv2dNative",
        ("T", "strides", "padding", "explicit_paddings", "data_format", "dilations"),
    ),
    "_FusedMatMul": ("MatMul", ("T", "transpose_a", "transpose_b")),
}
"""The plain op of each fused one, and the attributes that it takes over."""


def with_plain_ops(graph_def: Any) -> Any:
    """``graph_def`` in ops that TensorFlow runs, freezes and converts everywhere.

    The last node of each replacement has the name of the node that it replaces. Raises
    SourceError for a fusion that is not known here.
    """
    result = type(graph_def)(library=graph_def.library, versions=graph_def.versions)
    for node in graph_def.node:
        result.node.extend(_plain(node))
    return result


def _plain(node: Any) -> list[Any]:
    if node.op == "Prelu":
        return _prelu(node, node.name, node.input[0], node.input[1])
    if node.op in _CONTRACTIONS:
        return _unfused(node)
    return [node]


def _unfused(node: Any) -> list[Any]:
    """A contraction, and the bias, batch norm and activation that were fused into it."""
    op, kept = _CONTRACTIONS[node.op]
    # The upstream converter writes NoOp where nothing follows the bias.
    steps = [name.decode() for name in node.attr["fused_ops"].list.s if name != b"NoOp"]
    data = [each for each in node.input if not each.startswith("^")]
    control = [each for each in node.input if each.startswith("^")]
    arguments = data[2:]
    nodes = [_node(node, f"{node.name}/{op}", op, *data[:2], *control)]
    for name in kept:
        if name in node.attr:
            nodes[0].attr[name].CopyFrom(node.attr[name])
    for index, step in enumerate(steps):
        name = node.name if index == len(steps) - 1 else f"{node.name}/{step}"
        before = nodes[-1].name
        if step == "BiasAdd" and arguments:
            nodes.append(_bias(node, name, before, arguments.pop(0)))
        elif step == "FusedBatchNorm" and len(arguments) >= 4:
            nodes.append(_batch_norm(node, name, before, arguments[:4]))
            del arguments[:4]
        elif step in _ACTIVATIONS:
            nodes += _ACTIVATIONS[step](node, name, before, arguments[0] if arguments else None)
        else:
            raise SourceError(
                f"{node.name} is a {node.op} with {step}, which cannot be written out",
                advice="name the model that it was converted from",
            )
    nodes[-1].name = node.name
    return nodes


def _bias(node: Any, name: str, tensor: str, bias: str) -> Any:
    if node.op == "_FusedMatMul":
        # What is fused as the bias of a matrix product may be any matrix.
        return _node(node, name, "AddV2", tensor, bias)
    added = _node(node, name, "BiasAdd", tensor, bias)
    if "data_format" in node.attr:
        added.attr["data_format"].CopyFrom(node.attr["data_format"])
    return added


def _batch_norm(node: Any, name: str, tensor: str, statistics: list[str]) -> Any:
    norm = _node(node, name, "FusedBatchNormV3", tensor, *statistics)
    norm.attr["U"].CopyFrom(node.attr["T"])
    norm.attr["is_training"].b = False
    for attribute in ("epsilon", "data_format"):
        if attribute in node.attr:
            norm.attr[attribute].CopyFrom(node.attr[attribute])
    return norm


def _prelu(node: Any, name: str, tensor: str, slope: str | None) -> list[Any]:
    """Prelu: relu(x) - slope * relu(-x)."""
    if slope is None:
        raise SourceError(f"{node.name} is a Prelu without slopes", advice="convert it again")
    positive = _node(node, f"{name}/positive", "Relu", tensor)
    turned = _node(node, f"{name}/turned", "Neg", tensor)
    negative = _node(node, f"{name}/negative", "Relu", turned.name)
    scaled = _node(node, f"{name}/scaled", "Mul", slope, negative.name)
    return [
        positive,
        turned,
        negative,
        scaled,
        _node(node, name, "Sub", positive.name, scaled.name),
    ]


def _leaky(node: Any, name: str, tensor: str, slope: str | None) -> list[Any]:  # noqa: ARG001
    leaky = _node(node, name, "LeakyRelu", tensor)
    if "leakyrelu_alpha" in node.attr:
        leaky.attr["alpha"].CopyFrom(node.attr["leakyrelu_alpha"])
    return [leaky]


def _one(op: str) -> Emit:
    return lambda node, name, tensor, _slope: [_node(node, name, op, tensor)]


_ACTIVATIONS: Mapping[str, Emit] = {
    **{op: _one(op) for op in ("Relu", "Relu6", "Elu", "Sigmoid", "Tanh", "Selu", "Softplus")},
    "LeakyRelu": _leaky,
    "Prelu": _prelu,
}
"""How each activation is written out."""


def _node(fused: Any, name: str, op: str, *inputs: str) -> Any:
    """A new node of the type that ``fused`` computes in: float32 where it does not say."""
    node = type(fused)(name=name, op=op, input=inputs)
    node.attr["T"].type = fused.attr["T"].type or _FLOAT32
    return node
