"""Functions of one tensor, element by element, such as ``x * sigmoid(x)``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from sizewise.compress.obs.free.constants import Constants
from sizewise.compress.obs.trace import producer
from sizewise.domain import Array

_UNARY: Mapping[str, Callable[[Array], Array]] = {
    "Elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "Identity": lambda x: x,
    "Relu": lambda x: np.maximum(x, 0),
    "Relu6": lambda x: np.clip(x, 0, 6),
    "Selu": lambda x: (
        1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))
    ),
    "Sigmoid": lambda x: 0.5 * (1 + np.tanh(0.5 * x)),
    "Softplus": lambda x: np.logaddexp(x, 0),
    "Tanh": np.tanh,
}

_BINARY: Mapping[str, Callable[[Array, Array], Array]] = {
    "Add": np.add,
    "AddV2": np.add,
    "Maximum": np.maximum,
    "Minimum": np.minimum,
    "Mul": np.multiply,
    "Sub": np.subtract,
}

OPS = frozenset([*_UNARY, "LeakyRelu", *_BINARY])
"""The ops that such functions are made of."""


class Function(NamedTuple):
    """What is computed of the node ``of``: ``values`` takes arrays of its values.

    ``of`` is None for a single number.
    """

    of: str | None
    values: Callable[[Array], Array]


def functions(
    nodes: Mapping[str, Any], constants: Constants, bases: Iterable[str]
) -> dict[str, Function]:
    """The nodes that are a function of a single one of ``bases``, by their names."""
    found = {name: Function(name, lambda x: x) for name in bases}
    count = -1
    # Nodes need not stand in the order of their edges.
    while count != len(found):
        count = len(found)
        for name, node in nodes.items():
            if name in found or node.op not in OPS:
                continue
            operands = [_operand(tensor, found, constants) for tensor in node.input]
            known = [each for each in operands if each is not None]
            origins = {each.of for each in known} - {None}
            if len(known) == len(operands) and len(origins) == 1:
                found[name] = Function(origins.pop(), _composed(node, known))
    return found


def _operand(tensor: str, found: Mapping[str, Function], constants: Constants) -> Function | None:
    """A number, or a function that was found already."""
    value = constants.of(tensor)
    if value is not None:
        number = value.reshape(()) if value.size == 1 else None
        return None if number is None else Function(None, lambda _: number)
    return None if ":" in tensor.removesuffix(":0") else found.get(producer(tensor))


def _composed(node: Any, operands: list[Function]) -> Callable[[Array], Array]:
    if node.op in _BINARY:
        one, other = operands
        join = _BINARY[node.op]
        return lambda x: join(one.values(x), other.values(x))
    (inner,) = operands
    if node.op == "LeakyRelu":
        slope = node.attr["alpha"].f if "alpha" in node.attr else 0.2
        return lambda x: np.where(inner.values(x) > 0, 1.0, slope) * inner.values(x)
    outer = _UNARY[node.op]
    return lambda x: outer(inner.values(x))
