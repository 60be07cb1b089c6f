"""The kernels of a Keras model, of either Keras: the variables that are worth pruning."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sizewise.domain import Array

_LEAVES = frozenset(
    ["kernel", "recurrent_kernel", "depthwise_kernel", "pointwise_kernel", "embeddings"]
)
"""What built-in layers of both Kerases call the variables that multiply their inputs."""

_WITH_INPUT_AXIS = frozenset(["Conv1D", "Conv2D", "Conv3D", "Dense"])
_INPUT_AXIS = -2


@dataclass(frozen=True, slots=True)
class Kernel:
    """A variable of rank 2 or more that multiplies what a layer is given.

    ``name`` is its path in the model; ``axis`` is the axis of its inputs, counted from the end,
    or None for depthwise and transposed convolutions, embeddings and products of several axes.
    """

    name: str
    variable: Any
    axis: int | None

    @property
    def size(self) -> int:
        """Number of weights."""
        return math.prod(self.variable.shape)

    def read(self) -> Array:
        """A copy of its value."""
        return np.array(self.variable.numpy())

    def write(self, value: Array) -> None:
        """Set its value, of the same shape."""
        self.variable.assign(value.astype(self.variable.numpy().dtype, copy=False))


def kernels(model: Any) -> tuple[Kernel, ...]:
    """All kernels of a model, at any depth, each once, in the order of its layers."""
    found: dict[int, Kernel] = {}
    names: dict[str, int] = {}
    for layer, variable, name in _variables(model):
        leaf = name.rpartition("/")[2]
        if leaf in _LEAVES and len(variable.shape) >= 2:
            # Layers come before those inside them: the innermost, which is last, knows the axis.
            unique = found[id(variable)].name if id(variable) in found else _unique(name, names)
            found[id(variable)] = Kernel(unique, variable, _input_axis(layer, leaf))
    return tuple(found.values())


def _unique(name: str, taken: dict[str, int]) -> str:
    """Models inside a model may have layers of equal names: the later are numbered."""
    taken[name] = taken.get(name, 0) + 1
    return name if taken[name] == 1 else f"{name} ({taken[name]})"


def other_matrices(model: Any) -> tuple[str, ...]:
    """Names of trainable variables of rank 2 or more that go by no name of a kernel, biases and
    scales aside: those of layers of one's own.
    """
    passed = ("bias", "gamma", "beta", "alpha", "moving_mean", "moving_variance")
    names = {
        name: None
        for _, variable, name in _variables(model)
        if getattr(variable, "trainable", False)
        and len(variable.shape) >= 2
        and not name.rpartition("/")[2].startswith((*_LEAVES, *passed))
    }
    return tuple(names)


def _variables(model: Any) -> Iterator[tuple[Any, Any, str]]:
    for layer in model._flatten_layers():  # noqa: SLF001 - both Kerases have it, at any depth
        for variable in layer.weights:
            # Keras 3 has a path; the name of Keras 2 is one, with the number of an output.
            path = getattr(variable, "path", None) or variable.name.partition(":")[0]
            yield layer, variable, path


def _input_axis(layer: Any, leaf: str) -> int | None:
    kind = type(layer).__name__
    if leaf == "pointwise_kernel":
        return _INPUT_AXIS
    if leaf in ("kernel", "recurrent_kernel") and (
        kind in _WITH_INPUT_AXIS or kind.endswith("Cell")
    ):
        return _INPUT_AXIS
    return None
