"""Keeping rewrites away from what more than one reader sees."""

from __future__ import annotations

from typing import Any

from sizewise.convert.tfjs.nodes import GraphIndex, Pass, new_node, producer, rebuilt

_SUFFIX = "/shield"


def shielded(rewrite: Pass, outputs: frozenset[str]) -> Pass:
    """``rewrite``, unable to merge a node away that something else reads too.

    The upstream converter's fusions change a node in place without asking who else reads it, and
    drop nodes that are results of the graph. While ``rewrite`` runs, an Identity stands behind
    every node with several readers, and before every node of ``outputs``, so that no pattern
    reaches across; afterwards they are gone. A chain of single readers is not touched.
    """

    def run(graph_def: Any) -> Any:
        return without_shields(rewrite(_with_shields(graph_def, outputs)))

    return run


def _with_shields(graph_def: Any, outputs: frozenset[str]) -> Any:
    index = GraphIndex(graph_def, outputs)
    shields: dict[str, Any] = {}
    for node in graph_def.node:
        for slot, tensor in enumerate(node.input):
            if tensor.startswith("^"):
                continue
            if node.name in outputs or _is_shared(producer(tensor), index):
                name = f"{tensor.replace(':', '/')}{_SUFFIX}"
                shields[name] = type(node)(name=name, op="Identity", input=[tensor])
                node.input[slot] = name
    graph_def.node.extend(shields.values())
    return graph_def


def _is_shared(name: str, index: GraphIndex) -> bool:
    """Whether a rewrite of node ``name`` for one reader would change what another one sees.

    Readers of one kind may share a constant: the fusion of PReLU knows of a slope that several
    of them use.
    """
    node, uses = index.node(name), index.uses(name)
    if node is not None and node.op == "Const":
        return len({use.node.op for use in uses}) > 1
    return name in index.outputs or len(uses) > 1


def shielded_squares(graph_def: Any) -> tuple[Any, list[str]]:
    """A copy of the graph with a shield behind each squared difference, as variances have one,
    and the names of the shields.
    """
    shields = {
        node.name: new_node(f"{node.name}{_SUFFIX}", "Identity", [node.name], node.attr["T"].type)
        for node in graph_def.node
        if node.op == "SquaredDifference"
    }
    result = rebuilt(graph_def, [*graph_def.node, *shields.values()])
    for node in result.node:
        for slot, tensor in enumerate(node.input):
            if tensor in shields and node.name != shields[tensor].name:
                node.input[slot] = shields[tensor].name
    return result, [shield.name for shield in shields.values()]


def without_shields(graph_def: Any) -> Any:
    """The graph without its shields; a graph that has none is given back as it is."""
    behind = {
        node.name: node.input[0]
        for node in graph_def.node
        if node.op == "Identity" and node.name.endswith(_SUFFIX)
    }
    kept = [node for node in graph_def.node if node.name not in behind]
    for node in kept:
        for slot, tensor in enumerate(node.input):
            node.input[slot] = behind.get(tensor, tensor)
    return rebuilt(graph_def, kept) if behind else graph_def
