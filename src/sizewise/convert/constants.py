"""The values of a graph's constants, one after another."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Any

from sizewise.domain import Array


def constants(graph_def: Any, names: Container[str]) -> Iterator[tuple[str, Array]]:
    """Name and values of each ``Const`` node of ``graph_def`` in ``names``."""
    import tensorflow as tf

    for node in graph_def.node:
        if node.op == "Const" and node.name in names:
            yield node.name, tf.make_ndarray(node.attr["value"].tensor)
