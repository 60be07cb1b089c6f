"""The graph of a TF.js graph model, in the form that ``domain.weight_names`` takes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_SELECTOR_FIRST = frozenset(["If", "StatelessIf", "Case", "StatelessCase"])
"""Ops whose first input chooses a branch and is not handed to it."""

_LOOPS = frozenset(["While", "StatelessWhile"])


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the graph; a ``domain.NodeView``. ``transposed`` says that a matrix product
    takes its second input transposed.
    """

    name: str
    op: str
    input: tuple[str, ...]
    transposed: bool = False


def graph_nodes(topology: Mapping[str, Any]) -> list[Node]:
    """The nodes of ``modelTopology``, those of its functions among them.

    A function's nodes get the function's name before their own. Its constants keep theirs, by
    which the weights manifest knows them. Each of its arguments becomes a ``Merge`` of what
    its callers hand over, so that a kernel is found on whichever side of a call it is stored;
    what a loop changes from round to round is left out, as its first value is a state.

    Raises LookupError, TypeError or AttributeError where the topology is malformed.
    """
    functions = {
        str(function["signature"]["name"]): function
        for function in topology.get("library", {}).get("function", [])
    }
    scopes = [("", topology["node"])]
    scopes += [(f"{name}//", function.get("nodeDef", [])) for name, function in functions.items()]

    nodes: list[Node] = []
    handed: dict[str, list[str]] = defaultdict(list)
    for prefix, raw_nodes in scopes:
        constants = {raw["name"] for raw in raw_nodes if raw["op"] == "Const"}
        for raw in raw_nodes:
            node = _scoped(raw, prefix, constants)
            nodes.append(node)
            for callee, position, given in _handed_inputs(raw, node, functions):
                arguments = functions[callee]["signature"].get("inputArg", [])
                if position < len(arguments):
                    handed[f"{callee}//{arguments[position]['name']}"].append(given)
    return nodes + [Node(name, "Merge", tuple(given)) for name, given in handed.items()]


def first_users(nodes: Iterable[Node]) -> dict[str, str]:
    """For each node that any other takes as an input: the first that does."""
    users: dict[str, str] = {}
    for node in nodes:
        for name in node.input:
            users.setdefault(name, node.name)
    return users


def _scoped(raw: Mapping[str, Any], prefix: str, constants: Container[str]) -> Node:
    def scoped(reference: str) -> str:
        name = _bare(reference)
        return name if name in constants else prefix + name

    inputs = tuple(scoped(reference) for reference in raw.get("input", []))
    attributes = raw.get("attr", {})
    transposed = any(attributes.get(name, {}).get("b") for name in ("transpose_b", "adj_y"))
    return Node(scoped(raw["name"]), raw["op"], inputs, transposed)


def _bare(reference: str) -> str:
    """The node's name in ``node``, ``node:0``, ``node:output:0`` and ``^node``."""
    return reference.removeprefix("^").split(":")[0]


def _handed_inputs(
    raw: Mapping[str, Any], node: Node, functions: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, int, str]]:
    """For each function that a node runs: its name, the position of an argument and the input
    that the argument stands for.
    """
    attributes = raw.get("attr", {})
    arguments = node.input[1:] if node.op in _SELECTOR_FIRST else node.input
    changed = frozenset[int]()
    if node.op in _LOOPS:
        changed = _changed_arguments(functions[attributes["body"]["func"]["name"]])
    for attribute in attributes.values():
        called = [attribute.get("func"), *attribute.get("list", {}).get("func", [])]
        for callee in (function["name"] for function in called if function):
            for position, given in enumerate(arguments):
                if position not in changed:
                    yield callee, position, given


def _changed_arguments(body: Mapping[str, Any]) -> frozenset[int]:
    """Positions of the arguments that a loop's body does not hand back as they came."""
    identities = {
        raw["name"]: _bare(raw["input"][0])
        for raw in body.get("nodeDef", [])
        if raw["op"] == "Identity"
    }

    def origin(reference: str) -> str:
        name = _bare(reference)
        for _ in identities:
            name = identities.get(name, name)
        return name

    signature = body["signature"]
    pairs = zip(signature.get("inputArg", []), signature.get("outputArg", []), strict=False)
    return frozenset(
        position
        for position, (taken, returned) in enumerate(pairs)
        if origin(body["ret"][returned["name"]]) != taken["name"]
    )
