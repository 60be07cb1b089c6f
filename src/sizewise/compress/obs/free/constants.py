"""The constants of a graph, and numbers that are computed of nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sizewise.compress.obs.trace import producer
from sizewise.domain import Array

_COMPUTED: Mapping[str, Callable[..., Array]] = {
    "Identity": lambda values: values,
    "Add": np.add,
    "AddV2": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "Neg": np.negative,
    "Squeeze": np.squeeze,
    "Rsqrt": lambda values: 1 / np.sqrt(values),
    "Reshape": lambda values, shape: values.reshape([int(size) for size in shape]),
}
"""The ops that stand between the constants of a batch norm and its input."""


class Constants:
    """``nodes`` by name, and the ``values`` of those that are constants."""

    def __init__(self, nodes: Mapping[str, Any], values: Mapping[str, Array]) -> None:
        self._nodes = nodes
        self._values = dict(values)
        self._unknown: set[str] = set()

    def of(self, tensor: str) -> Array | None:
        """The value of a tensor that rests on constants alone, None for any other."""
        name = producer(tensor)
        if name in self._values:
            return self._values[name]
        node = self._nodes.get(name)
        if node is None or node.op not in _COMPUTED or name in self._unknown:
            return None
        # What is asked for again on the way there is in a loop.
        self._unknown.add(name)
        inputs = [self.of(each) for each in node.input if not each.startswith("^")]
        if any(value is None for value in inputs):
            return None
        self._values[name] = _COMPUTED[node.op](*inputs)
        return self._values[name]


def all_values(graph_def: Any) -> dict[str, Array]:
    """The values of all constants of the main graph that hold numbers, by their names."""
    import tensorflow as tf

    constants = [node for node in graph_def.node if node.op == "Const"]
    types = [tf.as_dtype(node.attr["dtype"].type) for node in constants]
    return {
        node.name: tf.make_ndarray(node.attr["value"].tensor)
        for node, dtype in zip(constants, types, strict=True)
        if dtype.is_floating or dtype.is_integer
    }
