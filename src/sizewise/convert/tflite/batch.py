"""A batch of 1 for recurrent networks, whose loops TFLite takes with static shapes only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sizewise.convert.tfjs.nodes import constant, constant_values, producer
from sizewise.domain import Graph, Signature

_ELEMENT_SHAPE_SLOTS = {
    "TensorListReserve": 0,
    "TensorListFromTensor": 1,
    "TensorListGetItem": 2,
    "TensorListStack": 1,
    "EmptyTensorList": 0,
}
"""The input of each op that gives the shape of a list's elements."""


def has_tensor_lists(graph: Graph) -> bool:
    """Whether loops of ``graph`` keep their results in lists of tensors."""
    return any(node.op in _ELEMENT_SHAPE_SLOTS for node in graph.skeleton.node)


def signature_for_one(signature: Signature) -> Signature:
    """The signature with 1 for every dynamic first dimension of an input."""
    inputs = (
        replace(spec, shape=(1, *spec.shape[1:])) if spec.shape and spec.shape[0] is None else spec
        for spec in signature.inputs
    )
    return replace(signature, inputs=tuple(inputs))


def graph_for_one(graph: Graph) -> Graph:
    """``graph`` with a batch of 1 instead of a dynamic one.

    What a loop adds to a list has the batch first: tracing has written it down as unknown, and
    TensorFlow does not find out by itself.
    """
    changed = type(graph.graph_def)()
    changed.CopyFrom(graph.graph_def)
    nodes = {node.name: node for node in changed.node}
    made: dict[str, Any] = {}
    for node in changed.node:
        slot = _ELEMENT_SHAPE_SLOTS.get(node.op)
        source = None if slot is None else nodes[producer(node.input[slot])]
        if source is not None and source.op == "Const":
            shape = constant_values(source)
            if shape.ndim == 1 and shape.size and shape[0] == -1:
                shape = shape.copy()
                shape[0] = 1
                fixed = constant(f"{source.name}/batch_of_1", shape)
                # In a branch or a loop, constants wait for their turn by control inputs.
                fixed.input.extend(source.input)
                made[fixed.name] = fixed
                node.input[slot] = fixed.name
    changed.node.extend(made.values())
    return replace(graph.with_graph_def(changed), signature=signature_for_one(graph.signature))
