"""Kernels found from the ops that use them, across graphs too."""

from __future__ import annotations

import numpy as np
import pytest

from sizewise.measure.tflite_kernels import first_users, kernel_tensors
from sizewise.tflite_file import TfliteGraph, TfliteModel, TfliteOperator, TfliteTensor


def graph(constants, operators, inputs=(), outputs=()):
    """A graph of 50 tensors, of which ``constants`` have bytes."""
    tensors = tuple(
        TfliteTensor(f"t{index}", "FLOAT32", (2, 2), int(index in constants), None, sparse=False)
        for index in range(50)
    )
    return TfliteGraph(
        tensors,
        tuple(
            TfliteOperator(name, tuple(takes), tuple(gives), tuple(callees))
            for name, takes, gives, *callees in operators
        ),
        inputs,
        outputs,
    )


def kernels(*graphs):
    return kernel_tensors(TfliteModel(graphs, (np.zeros(0, np.uint8), np.zeros(16, np.uint8))))


@pytest.mark.parametrize(
    ("name", "slots"),
    [
        ("CONV_2D", {1}),
        ("DEPTHWISE_CONV_2D", {1}),
        ("TRANSPOSE_CONV", {1}),
        ("CONV_3D", {1}),
        ("FULLY_CONNECTED", {0, 1}),
        ("BATCH_MATMUL", {0, 1}),
        ("GATHER", {0}),
        ("EMBEDDING_LOOKUP", {1}),
        ("UNIDIRECTIONAL_SEQUENCE_LSTM", {*range(1, 9), 16}),
        ("LSTM", {*range(1, 9), 16}),
        ("UNIDIRECTIONAL_SEQUENCE_RNN", {1, 2}),
        ("SVDF", {1, 2}),
        ("ADD", set()),
    ],
)
def test_every_op_has_its_weight_slots(name, slots):
    found = kernels(graph(range(20), [(name, range(20), [30])]))
    assert found == {(0, slot) for slot in slots}


def test_inputs_that_are_left_out_or_computed_are_no_kernels():
    assert kernels(graph({2}, [("CONV_2D", [0, 1, 2], [3])])) == frozenset()
    assert kernels(graph({1}, [("LSTM", [0, -1, 1], [3])])) == {(0, 1)}


def test_changes_of_type_and_shape_are_seen_through():
    operators = [
        ("DEQUANTIZE", [1], [10]),
        ("RESHAPE", [10, 2], [11]),
        ("TRANSPOSE", [11, 3], [12]),
        ("CONV_2D", [0, 12, 4], [13]),
    ]
    assert kernels(graph({1, 2, 3, 4}, operators)) == {(0, 1)}


def test_arithmetic_is_not_seen_through():
    operators = [("MUL", [1, 2], [10]), ("CONV_2D", [0, 10, 4], [13])]
    assert kernels(graph({1, 2, 4}, operators)) == frozenset()


def test_a_circle_ends():
    operators = [("RESHAPE", [10], [11]), ("RESHAPE", [11], [10]), ("CONV_2D", [0, 10], [13])]
    assert kernels(graph(set(), operators)) == frozenset()


def test_a_branch_gets_kernels_but_not_the_condition():
    main = graph({1, 2}, [("IF", [2, 0, 1], [9], (1, 1), (2, 1))])
    then = graph(set(), [("FULLY_CONNECTED", [0, 1], [2])], inputs=(0, 1), outputs=(2,))
    other = graph({5}, [("ADD", [0, 5], [2])], inputs=(0, 1), outputs=(2,))
    assert kernels(main, then, other) == {(0, 1)}


def test_a_loop_hands_over_what_it_never_changes_and_not_its_state():
    main = graph({1, 2}, [("WHILE", [1, 2], [8, 9], (1, 0), (2, 0))])
    condition = graph(set(), [("LESS", [0, 1], [2])], inputs=(0, 1), outputs=(2,))
    body = graph(set(), [("FULLY_CONNECTED", [0, 1], [2])], inputs=(0, 1), outputs=(2, 1))
    assert kernels(main, condition, body) == {(0, 2)}


def test_a_call_hands_over_its_inputs():
    main = graph({1}, [("CALL", [0, 1], [9], (1, 0))])
    callee = graph(set(), [("CONV_2D", [3, 4], [5])], inputs=(3, 4), outputs=(5,))
    assert kernels(main, callee) == {(0, 1)}


def test_the_first_operator_that_takes_a_tensor_is_named_by_its_output():
    made = graph(
        {1, 2, 4},
        [
            ("CONV_2D", [0, 1, 2], [3]),
            ("DEQUANTIZE", [4], [5]),
            ("FULLY_CONNECTED", [3, 5, 2], [6]),
            ("CUSTOM", [6], []),
        ],
    )
    users = first_users(TfliteModel((made,), ()))
    assert {index: users.get((0, index)) for index in (1, 2, 4, 6)} == {
        1: "t3",
        2: "t3",
        4: "t6",
        6: None,
    }
