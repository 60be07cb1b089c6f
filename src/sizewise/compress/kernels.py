"""The kernels of a frozen graph: read and replaced, wherever in the graph they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sizewise.domain import Array, Graph, weight_names
from sizewise.domain.layout import input_axes as axes_of_nodes


def kernels(graph: Graph) -> Iterator[tuple[str, Array]]:
    """Name and value of each floating constant of rank 2 or more that feeds a weight slot.

    Those in library functions follow the main graph's, as ``function/name``. The values are
    copies.
    """
    import tensorflow as tf

    for name, node in _kernel_nodes(graph.graph_def):
        yield name, tf.make_ndarray(node.attr["value"].tensor)


def map_kernels(change: Callable[[str, Array], Array], graph: Graph) -> Graph:
    """A copy of ``graph`` in which each kernel is what ``change`` makes of its name and value.

    ``change`` keeps shape and type. A kernel that several ops share is changed once.
    """
    import tensorflow as tf

    changed = type(graph.graph_def)()
    changed.CopyFrom(graph.graph_def)
    for name, node in _kernel_nodes(changed):
        tensor = node.attr["value"].tensor
        tensor.CopyFrom(tf.make_tensor_proto(change(name, tf.make_ndarray(tensor))))
    return graph.with_graph_def(changed)


def input_axes(graph: Graph) -> Mapping[str, int]:
    """For each kernel that has one: the axis of its inputs, counted from the end, by the name
    that ``kernels`` gives it. ``domain.layout.input_axes`` says which have none.
    """
    return {
        prefix + name: axis
        for prefix, nodes in _scopes(graph.graph_def)
        for name, axis in axes_of_nodes(nodes, _takes_transposed).items()
    }


def _takes_transposed(node: Any) -> bool:
    return any(name in node.attr and node.attr[name].b for name in ("transpose_b", "adj_y"))


def _kernel_nodes(graph_def: Any) -> Iterator[tuple[str, Any]]:
    """The constants, main graph first. Names are unique within a function only."""
    import tensorflow as tf

    for prefix, nodes in _scopes(graph_def):
        wanted = weight_names(nodes)
        for node in nodes:
            if node.name not in wanted:
                continue
            tensor = node.attr["value"].tensor
            if tf.dtypes.as_dtype(tensor.dtype).is_floating and len(tensor.tensor_shape.dim) >= 2:
                yield prefix + node.name, node


def _scopes(graph_def: Any) -> list[tuple[str, Any]]:
    """The nodes of the main graph and of each library function, with what their names begin."""
    functions = [(f"{one.signature.name}/", one.node_def) for one in graph_def.library.function]
    return [("", graph_def.node), *functions]
