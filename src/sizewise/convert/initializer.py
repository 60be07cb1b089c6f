"""Lookup tables: what fills them before a graph that reads them can be run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sizewise.domain import Initializer, OpenModel, Table
from sizewise.errors import ConversionError


def initializer_of(model: OpenModel, graph_def: Any) -> Initializer | None:
    """The graph that makes the tables that ``graph_def``, frozen from ``model``, still reads.

    None where it reads none. Raises ConversionError for a table that does not belong to the
    model's owner: nobody would know how to fill it.
    """
    names = _table_inputs(graph_def)
    if not names:
        return None
    captured = _captured(model.function)
    known = _resources_of(model.owner)
    resources = []
    for name in names:
        resource = known.get(_handle(captured[name])) if name in captured else None
        if resource is None:
            raise ConversionError(
                f"the model reads a table ({name}) that does not belong to it",
                advice="make it an attribute of the tf.Module, or save a SavedModel and open that",
            )
        resources.append(resource)
    graph_def, made = _traced(resources)
    tables = zip(names, made, resources, strict=True)
    return Initializer(graph_def, tuple(Table(f"{name}:0", *rest) for name, *rest in tables))


def _table_inputs(graph_def: Any) -> list[str]:
    """Variables are constants by now: what is still a resource is a table."""
    import tensorflow as tf

    resource = tf.resource.as_datatype_enum
    return [
        node.name
        for node in graph_def.node
        if node.op == "Placeholder" and node.attr["dtype"].type == resource
    ]


def _captured(function: Any) -> dict[str, Any]:
    """What a function captured, by the names of its inputs that stand for it."""
    values = function.captured_inputs
    inputs = function.inputs[len(function.inputs) - len(values) :]
    return {tensor.op.name: value for tensor, value in zip(inputs, values, strict=True)}


def _resources_of(owner: Any) -> dict[int, Any]:
    """The tables of ``owner`` by the ids of their handles."""
    import tensorflow as tf
    from tensorflow.python.checkpoint.trackable_view import TrackableView
    from tensorflow.python.trackable.base import Trackable

    if not isinstance(owner, Trackable):
        return {}
    return {
        _handle(each.resource_handle): each
        for each in TrackableView(owner).descendants()
        if isinstance(each, tf.saved_model.experimental.TrackableResource)
    }


def _handle(tensor: Any) -> int:
    """What tells one captured tensor from another, in whatever graph."""
    return int(tensor._id)  # noqa: SLF001 - it has no public name


def _traced(resources: list[Any]) -> tuple[Any, list[str]]:
    """A graph that makes new copies of ``resources`` and fills them, and the tensors they are.

    Constants and tables get names that say nothing of this process, where TensorFlow numbers
    them through.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def initialise() -> list[Any]:
        return [_filled(resource) for resource in resources]

    frozen = convert_variables_to_constants_v2(
        initialise.get_concrete_function(), lower_control_flow=True, aggressive_inlining=True
    )
    return _renamed(frozen.graph.as_graph_def()), [tensor.name for tensor in frozen.outputs]


def _filled(resource: Any) -> Any:
    handle = resource._create_resource()  # noqa: SLF001 - what a TrackableResource is made of
    with _standing_for(resource, handle):
        resource._initialize()  # noqa: SLF001
    return handle


@contextmanager
def _standing_for(resource: Any, handle: Any) -> Iterator[None]:
    """Let ``handle`` be what ``resource`` fills, which was filled when it was loaded."""
    original = resource.resource_handle
    if not hasattr(resource._initialize, "get_concrete_function"):  # noqa: SLF001
        resource._resource_handle = handle  # noqa: SLF001
        try:
            yield
        finally:
            resource._resource_handle = original  # noqa: SLF001
        return
    # One that was loaded from a SavedModel fills the table that its function has captured.
    captured = resource._initialize.get_concrete_function()._captured_inputs  # noqa: SLF001
    before = list(captured)
    wanted = _handle(original)
    captured[:] = [handle if _handle(one) == wanted else one for one in before]
    try:
        yield
    finally:
        captured[:] = before


def _renamed(graph_def: Any) -> Any:
    numbered = sorted((node.name for node in graph_def.node if node.name.isdigit()), key=int)
    names = {name: f"entries_{number}" for number, name in enumerate(numbered)}
    tables = 0
    for node in graph_def.node:
        node.name = names.get(node.name, node.name)
        for slot, tensor in enumerate(node.input):
            name = tensor.removeprefix("^")
            if name in names:
                node.input[slot] = tensor.replace(name, names[name])
        if "shared_name" in node.attr:
            node.attr["shared_name"].s = b"table_%d" % tables
            tables += 1
    return graph_def
