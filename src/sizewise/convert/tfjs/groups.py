"""Convolutions in groups, which TensorFlow writes as a Conv2D and TF.js has no kernel for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sizewise.convert.tfjs.nodes import GraphIndex, constant, constant_values, new_node, rebuilt
from sizewise.convert.tfjs.shapes import Shapes
from sizewise.domain import Array
from sizewise.errors import UnsupportedOpError

_WINDOW = ("strides", "padding", "explicit_paddings", "data_format", "dilations")


def split_groups(graph_def: Any) -> Any:
    """Write a convolution in groups as one that TF.js has; other graphs are given back as they are.

    With one channel a group it is a depthwise convolution. Else each group becomes a convolution
    of its own, on its share of the channels, and their results are put side by side.
    Raises UnsupportedOpError where the kernel is no constant.
    """
    convolutions = [node for node in graph_def.node if node.op == "Conv2D"]
    if not convolutions:
        return graph_def
    shapes = Shapes(graph_def)
    counts = {node.name: _groups(node, shapes) for node in convolutions}
    grouped = [node for node in convolutions if counts[node.name] > 1]
    if not grouped:
        return graph_def
    index = GraphIndex(graph_def, ())
    kernels = {node.name: _kernel(node, index) for node in grouped}
    result = rebuilt(
        graph_def,
        (
            part
            for node in graph_def.node
            for part in (
                _ungrouped(node, constant_values(kernels[node.name]), counts[node.name])
                if node.name in kernels
                else [node]
            )
        ),
    )
    return _without_unread(result, {kernel.name for kernel in kernels.values()})


def _groups(convolution: Any, shapes: Shapes) -> int:
    if convolution.attr["data_format"].s == b"NCHW":
        return 1
    image, kernel = (shapes.of(tensor) for tensor in convolution.input[:2])
    channels = image[-1] if image else None
    read = kernel[2] if kernel else None
    return channels // read if channels and read else 1


def _ungrouped(node: Any, kernel: Array, groups: int) -> Iterator[Any]:
    write = _depthwise if kernel.shape[2] == 1 else _side_by_side
    return write(node, kernel, groups)


def _kernel(convolution: Any, index: GraphIndex) -> Any:
    kernel = index.source(convolution, 1)
    if kernel is None or kernel.op != "Const":
        raise UnsupportedOpError(
            f"TF.js has no convolution in groups with a computed kernel ({convolution.name})",
            ops={"Conv2D": [convolution.name]},
        )
    return kernel


def _depthwise(node: Any, kernel: Array, channels: int) -> Iterator[Any]:
    height, width, _, outputs = kernel.shape
    shaped = kernel.reshape(height, width, channels, outputs // channels)
    weights = constant(f"{node.input[1]}/depthwise", shaped)
    yield weights
    yield _like(node, node.name, "DepthwiseConv2dNative", [node.input[0], weights.name])


def _side_by_side(node: Any, kernel: Array, groups: int) -> Iterator[Any]:
    axis = constant(f"{node.name}/axis", np.asarray(3, np.int32))
    dtype = node.attr["T"].type
    shares = new_node(f"{node.name}/split", "Split", [axis.name, node.input[0]], dtype)
    shares.attr["num_split"].i = groups
    yield from (axis, shares)
    results = []
    for number, part in enumerate(np.split(kernel, groups, axis=3)):
        weights = constant(f"{node.input[1]}/group_{number}", np.ascontiguousarray(part))
        share = f"{shares.name}:{number}" if number else shares.name
        result = _like(node, f"{node.name}/group_{number}", "Conv2D", [share, weights.name])
        results.append(result.name)
        yield from (weights, result)
    whole = new_node(node.name, "ConcatV2", [*results, axis.name], dtype)
    whole.attr["N"].i = groups
    whole.attr["Tidx"].CopyFrom(axis.attr["dtype"])
    yield whole


def _like(node: Any, name: str, op: str, inputs: list[str]) -> Any:
    """A node with the window of ``node``."""
    copy = new_node(name, op, inputs, node.attr["T"].type)
    for attribute in _WINDOW:
        copy.attr[attribute].CopyFrom(node.attr[attribute])
    return copy


def _without_unread(graph_def: Any, candidates: set[str]) -> Any:
    """The graph without those of ``candidates`` that nothing reads any more."""
    read = {
        tensor.partition(":")[0].removeprefix("^") for n in graph_def.node for tensor in n.input
    }
    gone = candidates - read
    return rebuilt(graph_def, (node for node in graph_def.node if node.name not in gone))
