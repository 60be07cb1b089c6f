"""Transforms: a frozen graph in, a frozen graph with cheaper weights out.

A step is one module with a function ``(step, graph) -> graph`` and one row in ``STEPS``.
Importing this room does not import TensorFlow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sizewise.compress.prune import prune_array, prune_graph
from sizewise.domain import Graph, Prune, Transform

__all__ = ["STEPS", "apply_transform", "prune_array"]

STEPS: Mapping[type[Any], Callable[[Any, Graph], Graph]] = {Prune: prune_graph}
"""What carries out each kind of step."""


def apply_transform(transform: Transform, graph: Graph) -> Graph:
    """Apply the steps of ``transform`` in order. ``graph`` itself is never changed; a
    transform without steps gives it back as it is.

    Raises ConversionError where a step has nothing to work on or no effect.
    """
    for step in transform.steps:
        graph = STEPS[type(step)](step, graph)
    return graph
