"""The part of a SavedModel that one of its signatures needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

_FUNCTIONS = frozenset(["function", "bare_concrete_function"])


def keep_needed(meta_graph: Any, signature: str) -> None:
    """Take out of ``meta_graph`` the functions that ``signature`` can do without.

    A SavedModel holds several functions for each layer of Keras, and others to save and restore;
    TensorFlow makes graphs of all of them when it loads it. What stays is the function of the
    signature, and what tables and other resources are made and filled with. All variables stay.
    """
    saved = meta_graph.object_graph_def
    nodes = saved.nodes
    _drop_functions(nodes, [_signature_node(nodes, signature), *_called_on_loading(nodes)])
    library = meta_graph.graph_def.library
    needed = _reachable(library, _concrete_functions(nodes))
    for name in saved.concrete_functions.keys() - needed:
        del saved.concrete_functions[name]
    _keep_if(library.function, lambda function: function.signature.name in needed)
    _keep_if(library.registered_gradients, lambda gradient: gradient.gradient_func in needed)


def _signature_node(nodes: Any, signature: str) -> int:
    signatures = nodes[_child(nodes[0], "signatures")]
    return _child(signatures, signature)


def _child(node: Any, name: str) -> int:
    return next(int(child.node_id) for child in node.children if child.local_name == name)


def _called_on_loading(nodes: Any) -> Iterator[int]:
    """What objects other than functions, modules and signatures are made of."""
    for node in nodes:
        if _is_function(node):
            continue
        yield from (reference.node_id for reference in node.dependencies)
        for saveable in node.saveable_objects.values():
            yield from (saveable.save_function, saveable.restore_function)
        if node.WhichOneof("kind") != "user_object" or node.registered_name:
            yield from (child.node_id for child in node.children)


def _drop_functions(nodes: Any, called: Iterable[int]) -> None:
    """Make plain objects that nobody has of all functions but those ``called``, and their parts.

    The parts of a function are functions too: one for each type that it was called with.
    """
    kept: set[int] = set()
    pending = list(called)
    while pending:
        number = pending.pop()
        if number not in kept and _is_function(nodes[number]):
            kept.add(number)
            pending += _parts(nodes[number])
    dropped = {
        number
        for number, node in enumerate(nodes)
        if _is_function(node)
        and number not in kept
        and all(_is_function(nodes[part]) for part in _parts(node))
    }
    for number in dropped:
        nodes[number].Clear()
        nodes[number].user_object.SetInParent()
    for node in nodes:
        _keep_if(node.children, lambda child: child.node_id not in dropped)


def _is_function(node: Any) -> bool:
    return node.WhichOneof("kind") in _FUNCTIONS


def _parts(node: Any) -> list[int]:
    return [part.node_id for part in (*node.children, *node.dependencies)]


def _concrete_functions(nodes: Any) -> Iterator[str]:
    for node in nodes:
        yield from node.function.concrete_functions
        yield node.bare_concrete_function.concrete_function_name
        yield node.captured_tensor.concrete_function


def _reachable(library: Any, names: Iterable[str]) -> set[str]:
    """Those of ``names`` that are in ``library``, and what they call."""
    functions = {function.signature.name: function for function in library.function}
    gradients = {
        gradient.registered_op_type.encode(): gradient.gradient_func
        for gradient in library.registered_gradients
    }
    found: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name not in found and name in functions:
            found.add(name)
            for node in functions[name].node_def:
                pending += _called(node, gradients)
    return found


def _called(node: Any, gradients: Mapping[bytes, str]) -> Iterator[str]:
    """The names of all that may be functions which a node calls, or has for a gradient."""
    yield node.op
    for value in node.attr.values():
        yield value.func.name
        yield from (function.name for function in value.list.func)
    if "_gradient_op_type" in node.attr:
        yield gradients.get(node.attr["_gradient_op_type"].s, "")


def _keep_if(entries: Any, wanted: Callable[[Any], bool]) -> None:
    """Drop the entries of a repeated field that are not wanted."""
    kept = [entry for entry in entries if wanted(entry)]
    if len(kept) < len(entries):
        del entries[:]
        entries.extend(kept)
