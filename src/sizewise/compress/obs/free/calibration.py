"""The kernels of a graph changed for what batch norms say of their inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sizewise.compress.obs import calibration
from sizewise.compress.obs.calibration import (
    Change,
    Solve,
    constant_values,
    constants_of,
    problem_of,
)
from sizewise.compress.obs.free.constants import Constants, all_values
from sizewise.compress.obs.free.inputs import assumed_moments, inferred_moments
from sizewise.compress.obs.free.norms import Statistics
from sizewise.compress.obs.free.propagation import spreads
from sizewise.compress.obs.reading import ShapeOf
from sizewise.compress.obs.running import give_value
from sizewise.compress.obs.session import Tensors
from sizewise.compress.obs.trace import Kernel, Reader, find_kernels, producer
from sizewise.domain import Array, Graph, Samples
from sizewise.errors import DataError

_UNKNOWN_SIZE = 64
"""How long an axis is taken to be where the graph does not say."""


def calibrated(
    graph: Graph, source: Samples | Statistics, solve: Solve, change: Change
) -> tuple[Graph, tuple[str, ...]]:
    """``calibration.calibrated`` on samples, or for want of any on statistics of batch norms.

    With statistics, kernels need no order: a batch norm says what reaches a layer, whatever was
    done to those before it. Raises DataError besides where they say nothing of any kernel.
    """
    if isinstance(source, Samples):
        return calibration.calibrated(graph, source, solve, change)
    graph_def = type(graph.graph_def)()
    graph_def.CopyFrom(graph.graph_def)
    inputs = _Inputs(graph_def, source)
    values = constant_values(graph_def)
    changed: dict[str, Array] = {}
    left_out = []
    kernels = find_kernels(graph_def, inputs.shape_of)
    for kernel in kernels:
        moments = inputs.moments(kernel, values)
        if moments is None:
            changed[kernel.name] = change(kernel.name, values[kernel.name])
            left_out.append(kernel.name)
        else:
            problem = problem_of(kernel, values, moments)
            changed.update(constants_of(problem, solve(problem), values))
    if kernels and len(left_out) == len(kernels):
        raise DataError(
            "there are no samples to calibrate with, and no batch norms that could stand in",
            advice="give some hundreds of samples; labels are not needed",
        )
    for node in graph_def.node:
        if node.name in changed:
            give_value(node, changed[node.name])
    return graph.with_graph_def(graph_def), tuple(left_out)


class _Inputs:
    """What is known of what reaches the kernels of a graph."""

    def __init__(self, graph_def: Any, statistics: Statistics) -> None:
        nodes = {node.name: node for node in graph_def.node}
        self.shape_of: ShapeOf = Tensors(graph_def).shape_of
        constants = Constants(nodes, all_values(graph_def))
        self._known = spreads(nodes, constants, statistics, self.shape_of)
        self._readers: dict[str, str] = {
            producer(tensor): name for name, node in nodes.items() for tensor in node.input
        }

    def moments(self, kernel: Kernel, values: Mapping[str, Array]) -> Array | None:
        """The moments of what reaches a kernel, summed over its readers, as ``Moments`` has them;
        None where nothing is known.
        """
        found = []
        for reader in kernel.readers:
            spread, shape = self._known.get(producer(reader.activations)), self._shape(reader)
            if spread is None or shape is None or shape[-1] != len(spread):
                return self._inferred(kernel, values)
            found.append(assumed_moments(reader.contraction, shape, spread))
        return np.sum(found, axis=0) if found else None

    def _shape(self, reader: Reader) -> list[int] | None:
        """The shape of one sample of what an op reads."""
        shape = self.shape_of(reader.activations)
        return None if not shape else [size or _UNKNOWN_SIZE for size in shape[1:]]

    def _inferred(self, kernel: Kernel, values: Mapping[str, Array]) -> Array | None:
        """The moments of what reaches a kernel that has a batch norm right behind it."""
        if kernel.bias is None:
            return None
        (reader,) = kernel.readers
        outputs, shape = self._known.get(self._readers[kernel.bias]), self._shape(reader)
        if outputs is None or not shape or len(reader.matrices) > 1:
            return None
        weights = np.concatenate(
            [
                values[kernel.name].reshape(-1)[reader.matrices[0]],
                values[kernel.bias].reshape(1, -1),
            ]
        ).astype(np.float64)
        return inferred_moments(reader.contraction, shape, weights, outputs)
