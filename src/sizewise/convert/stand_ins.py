"""Large weights kept beside a ``GraphDef``: a number, a mark, stands for all values of each.

TensorFlow copies a ``GraphDef`` many times over while it freezes and optimises. A constant of one
number throughout is small in it, whatever its shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sizewise.convert.checks import chunks
from sizewise.domain import Array, Graph

LARGE_BYTES = 1 << 16
"""From here on a weight is kept beside the graph."""

_FIRST_MARK = 2**23 + 1
"""Whole numbers from here on are float32 numbers, and no weights."""


def is_large(size_bytes: int) -> bool:
    """Whether a weight of that size is kept beside the graph."""
    return size_bytes >= LARGE_BYTES


@dataclass(frozen=True, slots=True)
class StandIn:
    """A weight as TensorFlow is to see it, when it makes a constant of it."""

    mark: np.float32
    shape: tuple[int, ...]

    @property
    def dtype(self) -> np.dtype[np.float32]:
        """The type of the weight."""
        return self.mark.dtype

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # noqa: FBT001
        """The mark: with a shape beside it, TensorFlow repeats it."""
        return np.array(self.mark, dtype)


class Marks:
    """Marks given out, each for one weight.

    Equal weights get one mark, so that TensorFlow makes one of equal constants as it does with
    their values.
    """

    def __init__(self) -> None:
        self.weights: dict[float, Array] = {}

    def stand_in(self, weight: Array) -> StandIn:
        """What stands for ``weight``, which is of float32."""
        known = (mark for mark, other in self.weights.items() if _equal(weight, other))
        mark = next(known, float(_FIRST_MARK + len(self.weights)))
        self.weights.setdefault(mark, weight)
        return StandIn(np.float32(mark), weight.shape)


def marked(graph_def: Any, weights: Mapping[float, Array]) -> dict[str, Array]:
    """What constants of ``graph_def`` stand for, by the names of their nodes.

    ``weights`` go by their marks.
    """
    found = ((node.name, _weight(node, weights)) for node in graph_def.node if node.op == "Const")
    return {name: weight for name, weight in found if weight is not None}


def by_mark(graph: Graph) -> dict[float, Array]:
    """The weights beside ``graph`` by their marks."""
    marks = {node.name: node.attr["value"].tensor.float_val for node in graph.skeleton.node}
    return {float(marks[name][0]): weight for name, weight in graph.weights.items()}


def _weight(constant: Any, weights: Mapping[float, Array]) -> Array | None:
    tensor = constant.attr["value"].tensor
    if len(tensor.float_val) != 1:
        return None
    weight = weights.get(float(tensor.float_val[0]))
    shape = tuple(int(dimension.size) for dimension in tensor.tensor_shape.dim)
    return None if weight is None or weight.shape != shape else weight


def _equal(weight: Array, other: Array) -> bool:
    if weight.shape != other.shape:
        return False
    pairs = zip(chunks(weight), chunks(other), strict=True)
    return all(np.array_equal(one, another) for one, another in pairs)
