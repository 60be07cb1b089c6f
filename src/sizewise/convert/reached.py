"""What a graph's outputs depend on, each node before its readers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sizewise.convert.tfjs.nodes import producer

_DROPPED = ("_class", "_tpu_replicate", "_user_specified_name")
"""Attributes that say where a node was made: TensorFlow does not copy them either."""


def reached(graph_def: Any, inputs: Sequence[str], outputs: Sequence[str]) -> Any | None:
    """The nodes that the tensors ``outputs`` depend on, and the placeholders ``inputs``.

    The nodes stand in the order in which TensorFlow's pruned functions have them, on which the
    order of weights in an artifact depends: first the inputs, then what reads nothing, then the
    rest. None for a graph with functions or loops.
    """
    import tensorflow as tf

    if graph_def.library.function:
        return None
    nodes = {node.name: node for node in graph_def.node}
    fed = [producer(tensor) for tensor in inputs]
    needed = _needed([producer(tensor) for tensor in outputs], nodes)
    last_first = _last_first(outputs, needed)
    if len(last_first) < len(needed):
        return None
    order = [name for name in reversed(last_first) if name not in fed]
    order.sort(key=lambda name: bool(needed[name]))
    result = type(graph_def)()
    result.versions.producer = tf.version.GRAPH_DEF_VERSION
    result.node.extend(nodes[name] for name in (*fed, *order))
    for node in result.node:
        _tidy(node)
    return result


def _tidy(node: Any) -> None:
    node.ClearField("experimental_debug_info")
    for name in _DROPPED:
        node.attr.pop(name, None)
    read = {producer(tensor) for tensor in node.input if not tensor.startswith("^")}
    # Who reads a node waits for it anyway.
    kept = [tensor for tensor in node.input if not (tensor[0] == "^" and tensor[1:] in read)]
    if len(kept) < len(node.input):
        node.input[:] = kept


def _needed(names: Iterable[str], nodes: Mapping[str, Any]) -> dict[str, list[str]]:
    """What each node reads that ``names`` depend on, these included."""
    found: dict[str, list[str]] = {}
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in found:
            found[name] = [producer(tensor) for tensor in nodes[name].input]
            pending += found[name]
    return found


def _last_first(outputs: Sequence[str], needed: Mapping[str, Sequence[str]]) -> list[str]:
    """The nodes in ``needed`` with each after all that read it; those of a loop are left out."""
    unread = Counter(source for read in needed.values() for source in set(read))
    ready = [name for name in dict.fromkeys(map(producer, outputs)) if not unread[name]]
    found = []
    while ready:
        name = ready.pop()
        found.append(name)
        for source in dict.fromkeys(needed[name]):
            unread[source] -= 1
            if not unread[source]:
                ready.append(source)
    return found
