"""The values of a graph's constants, wherever they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sizewise.convert.constants import constants
from sizewise.domain import Array, Graph


def values_of(graph: Graph, names: Iterable[str]) -> Iterator[tuple[str, Array]]:
    """Name and values of each constant in ``names``, one after another."""
    wanted = set(names)
    yield from constants(graph.skeleton, wanted - graph.weights.keys())
    yield from ((name, values) for name, values in graph.weights.items() if name in wanted)
