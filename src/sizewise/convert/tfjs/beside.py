"""Large weights that the passes never look at, optimised without their values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sizewise.convert.stand_ins import by_mark, marked
from sizewise.convert.tfjs.nodes import producer
from sizewise.domain import Array, Graph, with_values

_READERS = frozenset(
    ["MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3", "Gather", "GatherV2"]
)
"""Ops that no pass merges with the values of a constant that they read."""

_PASSED_ON = frozenset(["Identity", "Enter", "Switch"])
"""Ops that hand a weight on to its readers."""


def optimised_beside(graph: Graph, optimise: Callable[[Any], Any]) -> tuple[Any, dict[str, Array]]:
    """What ``optimise`` makes of the nodes of ``graph``, and the values that are left out of it.

    Weights beside the graph that are but multiplied with, or looked up in, stay beside it; the
    values are given by the names that their constants have then. All others are in the result.
    """
    beside = _only_read(graph.skeleton, graph.weights)
    if beside:
        inside = {name: graph.weights[name] for name in graph.weights.keys() - beside}
        marks = by_mark(graph)
        before = with_values(graph.skeleton, inside) if inside else graph.skeleton
        result = optimise(before)
        left = marked(result, marks)
        if _readers(result, left) == _readers(before, beside):
            return result, left
    return optimise(graph.graph_def), {}


def _only_read(graph_def: Any, names: Collection[str]) -> set[str]:
    """Those of ``names`` that only ``_READERS`` read, together with what is known at run time."""
    if not names:
        return set()
    users = _users(graph_def)
    known = _computable(graph_def)
    return {
        name
        for name in names
        if all(user.op in _READERS and user.name not in known for user in _ends(name, users))
    }


def _readers(graph_def: Any, names: Collection[str]) -> int:
    """How many inputs of nodes the constants in ``names`` feed."""
    users = _users(graph_def)
    return sum(len(_ends(name, users)) for name in names)


def _users(graph_def: Any) -> Mapping[str, list[Any]]:
    """The nodes that read each node, once for each of their inputs."""
    users = defaultdict(list)
    for node in graph_def.node:
        for tensor in node.input:
            if not tensor.startswith("^"):
                users[producer(tensor)].append(node)
    return users


def _ends(name: str, users: Mapping[str, list[Any]]) -> list[Any]:
    """The nodes that read ``name``, directly or handed on."""
    ends, pending, seen = [], [name], {name}
    while pending:
        for user in users.get(pending.pop(), ()):
            if user.op not in _PASSED_ON:
                ends.append(user)
            elif user.name not in seen:
                seen.add(user.name)
                pending.append(user.name)
    return ends


def _computable(graph_def: Any) -> set[str]:
    """Names of the nodes that depend on constants alone."""
    users = _users(graph_def)
    missing = {
        node.name: sum(not tensor.startswith("^") for tensor in node.input)
        for node in graph_def.node
    }
    pending = [node.name for node in graph_def.node if node.op == "Const"]
    known = set(pending)
    while pending:
        for user in users.get(pending.pop(), ()):
            missing[user.name] -= 1
            if missing[user.name] == 0:
                known.add(user.name)
                pending.append(user.name)
    return known
