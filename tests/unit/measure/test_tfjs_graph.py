"""Kernels on either side of a function call."""

from __future__ import annotations

import pytest

from sizewise.domain import weight_names
from sizewise.measure.tfjs_graph import graph_nodes


def node(name, op, *inputs, **functions):
    made = {"name": name, "op": op}
    if inputs:
        made["input"] = list(inputs)
    if functions:
        made["attr"] = {key: {"func": {"name": called}} for key, called in functions.items()}
    return made


def function(name, arguments, nodes, returned=()):
    return {
        "signature": {
            "name": name,
            "inputArg": [{"name": argument} for argument in arguments],
            "outputArg": [{"name": f"out{index}"} for index in range(len(returned))],
        },
        "nodeDef": nodes,
        "ret": {f"out{index}": reference for index, reference in enumerate(returned)},
    }


def kernels(nodes, *functions):
    return weight_names(graph_nodes({"node": nodes, "library": {"function": list(functions)}}))


def test_without_functions_the_nodes_are_the_graphs():
    nodes = graph_nodes({"node": [node("x", "Placeholder"), node("y", "MatMul", "x", "w:0")]})
    assert [(n.name, n.op, n.input) for n in nodes] == [
        ("x", "Placeholder", ()),
        ("y", "MatMul", ("x", "w")),
    ]


def test_a_kernel_inside_a_function_goes_by_the_manifests_name():
    body = function(
        "f", ["x"], [node("f/w", "Const"), node("y", "MatMul", "x", "f/w:output:0")], ["y:0"]
    )
    nodes = [node("x", "Placeholder"), node("call", "PartitionedCall", "x", f="f")]
    assert kernels(nodes, body) == {"f/w"}


def test_a_kernel_that_is_handed_to_a_function_is_found_outside():
    body = function("f", ["a", "b"], [node("y", "MatMul", "a", "b")], ["y:0"])
    nodes = [
        node("x", "Placeholder"),
        node("w", "Const"),
        node("v", "Const"),
        node("call", "StatefulPartitionedCall", "x", "w", f="f"),
        node("add", "AddV2", "call", "v"),
    ]
    assert kernels(nodes, body) == {"w"}


def test_a_branch_does_not_get_the_condition():
    branch = function("f", ["a", "b"], [node("y", "MatMul", "a", "b")], ["y:0"])
    nodes = [
        node("flag", "Const"),
        node("x", "Placeholder"),
        node("w", "Const"),
        node("if", "StatelessIf", "flag", "x", "w", then_branch="f", else_branch="f"),
    ]
    assert kernels(nodes, branch) == {"w"}


@pytest.mark.parametrize("loop", ["While", "StatelessWhile"])
def test_a_loop_hands_over_what_it_never_changes_and_not_its_state(loop):
    body = function(
        "body",
        ["state", "w"],
        [
            node("y", "MatMul", "state", "w"),
            node("same", "Identity", "w"),
            node("again", "Identity", "same:output:0"),
        ],
        ["y:0", "again:output:0"],
    )
    condition = function("cond", ["state", "w"], [], [])
    nodes = [
        node("zeros", "Const"),
        node("kernel", "Const"),
        node("loop", loop, "zeros", "kernel", cond="cond", body="body"),
    ]
    assert kernels(nodes, condition, body) == {"kernel"}


def test_identities_in_a_circle_end():
    body = function(
        "body",
        ["w"],
        [node("a", "Identity", "b"), node("b", "Identity", "a"), node("y", "MatMul", "w", "w")],
        ["a:output:0"],
    )
    nodes = [node("k", "Const"), node("loop", "While", "k", cond="body", body="body")]
    assert kernels(nodes, body) == frozenset()


def test_nodes_of_the_same_name_in_two_functions_are_kept_apart():
    one = function("f", ["x"], [node("f/w", "Const"), node("y", "MatMul", "x", "f/w")], ["y"])
    two = function("g", ["x"], [node("g/w", "Const"), node("y", "AddV2", "x", "g/w")], ["y"])
    nodes = [
        node("x", "Placeholder"),
        node("a", "PartitionedCall", "x", f="f"),
        node("b", "PartitionedCall", "x", f="g"),
    ]
    assert kernels(nodes, one, two) == {"f/w"}


@pytest.mark.parametrize(
    "topology",
    [
        {},
        {"node": [{"op": "Const"}]},
        {"node": [node("a", "PartitionedCall", "x", f="missing")]},
        {"node": 3},
        {"node": [node("a", "While", "b")]},
        {"node": [{"name": "a", "op": "Const", "input": [3]}]},
    ],
)
def test_malformed_topologies_raise_what_is_documented(topology):
    with pytest.raises((LookupError, TypeError, AttributeError)):
        graph_nodes(topology)
