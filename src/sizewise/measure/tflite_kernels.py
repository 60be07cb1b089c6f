"""What the constants of a TFLite model are for: which are kernels, embeddings or projection
matrices, and which operator takes each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TypeAlias

from sizewise.tflite_file import TfliteModel, TfliteOperator

TensorId: TypeAlias = tuple[int, int]
"""A tensor of a model: the index of its graph, and its own within the graph."""

_LSTM_WEIGHTS = (*range(1, 9), 16)
_WEIGHT_SLOTS: Mapping[str, tuple[int, ...]] = {
    "CONV_2D": (1,),
    "CONV_3D": (1,),
    "CONV_3D_TRANSPOSE": (1,),
    "DEPTHWISE_CONV_2D": (1,),
    "TRANSPOSE_CONV": (1,),
    "FULLY_CONNECTED": (0, 1),
    "BATCH_MATMUL": (0, 1),
    "EMBEDDING_LOOKUP": (1,),
    "GATHER": (0,),
    "SVDF": (1, 2),
    "RNN": (1, 2),
    "UNIDIRECTIONAL_SEQUENCE_RNN": (1, 2),
    "BIDIRECTIONAL_SEQUENCE_RNN": (1, 2, 5, 6, 10, 11),
    "LSTM": _LSTM_WEIGHTS,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _LSTM_WEIGHTS,
    "BIDIRECTIONAL_SEQUENCE_LSTM": (*_LSTM_WEIGHTS, *range(18, 26), 33, *range(40, 48)),
}
"""Inputs that hold weight matrices, numbered as in ``tensorflow/lite/kernels``."""

_PASS_THROUGH = frozenset(
    [
        "CAST",
        "DENSIFY",
        "DEQUANTIZE",
        "EXPAND_DIMS",
        "QUANTIZE",
        "RESHAPE",
        "SQUEEZE",
        "TRANSPOSE",
    ]
)


def kernel_tensors(model: TfliteModel) -> frozenset[TensorId]:
    """The constants that feed a weight slot: directly, through a change of shape or type, or
    from outside the graph of a loop, a branch or a call.

    Vectors and integers that feed a slot are among them: the caller knows shapes and types.
    """
    makers = {
        (graph_index, output): operator
        for graph_index, graph in enumerate(model.graphs)
        for operator in graph.operators
        for output in operator.outputs
    }
    handed = _handed_tensors(model)
    pending = [
        (graph_index, operator.inputs[slot])
        for graph_index, graph in enumerate(model.graphs)
        for operator in graph.operators
        for slot in _WEIGHT_SLOTS.get(operator.name, ())
        if slot < len(operator.inputs)
    ]
    seen: set[TensorId] = set()
    while pending:
        found = pending.pop()
        graph_index, index = found
        if index < 0 or found in seen:
            continue
        seen.add(found)
        maker = makers.get(found)
        if maker is not None and maker.name in _PASS_THROUGH:
            pending += [(graph_index, source) for source in maker.inputs[:1]]
        pending += handed.get(found, ())
    return frozenset(
        (graph_index, index)
        for graph_index, index in seen
        if len(model.buffers[model.graphs[graph_index].tensors[index].buffer])
    )


_INPUT_AXES = {"CONV_2D": -1, "FULLY_CONNECTED": -1, "CONV_3D": -2}
"""The axis of the inputs in the second input of operators that have one: kernels lie as
outputs first, but for CONV_3D.
"""
_SAME_VALUES = frozenset(["DENSIFY", "DEQUANTIZE"])


def input_axes(model: TfliteModel) -> dict[TensorId, int]:
    """For kernels of convolutions and dense layers: the axis of their inputs, counted from the
    end. Depthwise kernels, embeddings and what changes its shape on the way have none.
    """
    axes: dict[TensorId, int] = {}
    for graph_index, graph in enumerate(model.graphs):
        makers = {output: made for made in graph.operators for output in made.outputs}
        for operator in graph.operators:
            if operator.name not in _INPUT_AXES or len(operator.inputs) < 2:
                continue
            index = operator.inputs[1]
            while index in makers and makers[index].name in _SAME_VALUES:
                index = makers[index].inputs[0]
            axes[graph_index, index] = _INPUT_AXES[operator.name]
    return axes


def first_users(model: TfliteModel) -> dict[TensorId, str]:
    """For each tensor that an operator takes: the name of what the first such gives.

    Operators that only change shape or type are looked through: their outputs are named after
    nothing.
    """
    users: dict[TensorId, str] = {}
    for graph_index, graph in enumerate(model.graphs):
        # From the end, so that the users of what an operator gives are known before it.
        for operator in reversed(graph.operators):
            if not operator.outputs:
                continue
            output = operator.outputs[0]
            name = graph.tensors[output].name
            if operator.name in _PASS_THROUGH:
                name = users.get((graph_index, output), name)
            users |= {(graph_index, taken): name for taken in operator.inputs}
    return users


def _handed_tensors(model: TfliteModel) -> dict[TensorId, list[TensorId]]:
    """For each input of a graph that is called: the tensors that its callers hand over.

    What a loop changes from round to round is left out: its first value is a state, no weight.
    """
    handed: dict[TensorId, list[TensorId]] = defaultdict(list)
    for graph_index, graph in enumerate(model.graphs):
        for operator in graph.operators:
            changed = _changed_inputs(model, operator)
            for callee, skipped in operator.callees:
                arguments = operator.inputs[skipped:]
                taken = enumerate(zip(model.graphs[callee].inputs, arguments, strict=False))
                for position, (own, given) in taken:
                    if position not in changed:
                        handed[callee, own].append((graph_index, given))
    return handed


def _changed_inputs(model: TfliteModel, operator: TfliteOperator) -> frozenset[int]:
    if operator.name != "WHILE" or not operator.callees:
        return frozenset()
    body = model.graphs[operator.callees[1][0]]
    rounds = enumerate(zip(body.inputs, body.outputs, strict=False))
    return frozenset(position for position, (taken, returned) in rounds if taken != returned)
