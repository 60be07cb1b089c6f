"""The kernels of a frozen graph: read and replaced, wherever in the graph they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sizewise.domain import Array, Graph, weight_names


def kernels(graph: Graph) -> Iterator[tuple[str, Array]]:
    """Name and value of each floating constant of rank 2 or more that feeds a weight slot.

    Those in library functions follow the main graph's, as ``function/name``. The values are
    copies.
    """
    import tensorflow as tf

    for name, node in _kernel_nodes(graph.graph_def):
        yield name, tf.make_ndarray(node.attr["value"].tensor)


def map_kernels(change: Callable[[Array], Array], graph: Graph) -> Graph:
    """A copy of ``graph`` in which each kernel is what ``change`` makes of it.

    ``change`` keeps shape and type. A kernel that several ops share is changed once.
    """
    import tensorflow as tf

    changed = type(graph.graph_def)()
    changed.CopyFrom(graph.graph_def)
    for _, node in _kernel_nodes(changed):
        tensor = node.attr["value"].tensor
        tensor.CopyFrom(tf.make_tensor_proto(change(tf.make_ndarray(tensor))))
    return replace(graph, graph_def=changed, keras_model=None)


def _kernel_nodes(graph_def: Any) -> Iterator[tuple[str, Any]]:
    """The constants, main graph first. Names are unique within a function only."""
    import tensorflow as tf

    scopes = [("", graph_def.node)]
    scopes += [(f"{one.signature.name}/", one.node_def) for one in graph_def.library.function]
    for prefix, nodes in scopes:
        wanted = weight_names(nodes)
        for node in nodes:
            if node.name not in wanted:
                continue
            tensor = node.attr["value"].tensor
            if tf.dtypes.as_dtype(tensor.dtype).is_floating and len(tensor.tensor_shape.dim) >= 2:
                yield prefix + node.name, node
