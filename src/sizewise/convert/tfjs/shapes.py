"""Shapes of the tensors in a graph."""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeAlias

Shape: TypeAlias = tuple[int | None, ...] | None
"""None for an unknown rank; None within for an unknown size."""


class Shapes:
    """What is known of shapes in ``graph_def``: constants say it, TensorFlow infers the rest.

    The graph is imported when first a shape has to be inferred, as it then is.
    """

    def __init__(self, graph_def: Any) -> None:
        self._graph_def = graph_def
        self._constants = {
            node.name: tuple(
                int(dimension.size) for dimension in node.attr["value"].tensor.tensor_shape.dim
            )
            for node in graph_def.node
            if node.op == "Const"
        }

    def of(self, tensor: str) -> Shape:
        """The shape of ``node`` or ``node:1``."""
        name, _, output = tensor.partition(":")
        if name in self._constants:
            return self._constants[name]
        shape = self._graph.get_tensor_by_name(f"{name}:{output or 0}").shape
        return None if shape.rank is None else tuple(shape.as_list())

    @cached_property
    def _graph(self) -> Any:
        import tensorflow as tf

        with tf.Graph().as_default() as graph:
            tf.graph_util.import_graph_def(self._graph_def, name="")
        return graph
