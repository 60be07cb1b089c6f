"""Control inputs as TF.js understands them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sizewise.convert.tfjs.nodes import GraphIndex, new_node, producer, rebuilt

_DYNAMIC = frozenset(
    [
        *("Switch", "Merge", "Enter", "Exit", "NextIteration", "LoopCond", "Where"),
        *(f"NonMaxSuppressionV{version}" for version in range(2, 6)),
    ]
)
"""Ops whose presence makes TF.js start each node as soon as its inputs have values."""

_ORDER_ONLY = frozenset(["Switch", "Enter"])
"""Ops that always run: to wait for one is but an order, and choices are made elsewhere."""


def bypass_no_ops(graph_def: Any, outputs: frozenset[str]) -> Any:
    """Let what waits for a NoOp wait for what that NoOp waits for, in graphs with control flow.

    There TF.js starts a node when all its inputs have a value, control inputs too. A NoOp never
    has one, nor has the first output of a Switch whose condition holds; waiting for a Switch or
    an Enter is dropped, as a graph without side effects does not need their order. Keras 3's
    loops have all of these; what only they kept alive, a second copy of the weights, goes too.
    """
    nodes = {node.name: node for node in graph_def.node}
    ops = {node.op for node in graph_def.node}
    if "NoOp" not in ops or ops.isdisjoint(_DYNAMIC):
        return graph_def
    for node in graph_def.node:
        if node.op != "NoOp":
            node.input[:] = _rewired(node, nodes)
    live = _reached(outputs, nodes)
    return rebuilt(
        graph_def, (n for n in graph_def.node if n.name in live or n.op == "Placeholder")
    )


def gate_constants(graph_def: Any, outputs: frozenset[str]) -> Any:
    """Let the constants that a Merge reads wait for their branch.

    A constant waits for its branch by a control input, but to TF.js constants are weights, which
    have a value from the start: a Merge would take the first of them, whatever the condition.
    An Identity behind such a constant does wait. A Merge whose value nobody reads, as it only
    marks that a branch was taken, may take any.
    """
    index = GraphIndex(graph_def, outputs)
    nodes = {node.name: node for node in graph_def.node}
    gates: dict[str, Any] = {}
    for merge in graph_def.node:
        is_read = merge.name in outputs or index.uses(merge.name)
        for slot, tensor in enumerate(merge.input if merge.op == "Merge" and is_read else ()):
            source = nodes[producer(tensor)]
            if source.op == "Const" and source.input:
                gate = new_node(
                    f"{source.name}/gate",
                    "Identity",
                    [source.name, *source.input],
                    source.attr["dtype"].type,
                )
                gates[gate.name] = gate
                merge.input[slot] = gate.name
    graph_def.node.extend(gates.values())
    return graph_def


def _rewired(node: Any, nodes: Mapping[str, Any]) -> list[str]:
    data = [name for name in node.input if not name.startswith("^")]
    waits = dict.fromkeys(
        name for tensor in node.input if tensor.startswith("^") for name in _waits(tensor, nodes)
    )
    read = {producer(name) for name in data}
    return data + [name for name in waits if producer(name) not in read]


def _waits(control: str, nodes: Mapping[str, Any]) -> Iterator[str]:
    """The control inputs that stand for ``control``, of nodes that have a value."""
    node = nodes[producer(control)]
    if node.op == "NoOp":
        for name in node.input:
            yield from _waits(name, nodes)
    elif node.op not in _ORDER_ONLY:
        yield control


def _reached(outputs: Iterable[str], nodes: Mapping[str, Any]) -> set[str]:
    """Names of the nodes that ``outputs`` need."""
    reached: set[str] = set()
    pending = list(outputs)
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending.extend(map(producer, nodes[name].input))
    return reached
