"""Magnitude pruning: in each kernel, the weights nearest to zero become zero."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial

import numpy as np

from sizewise.compress.kernels import kernels, map_kernels
from sizewise.domain import Array, Graph, Prune
from sizewise.errors import ConversionError


def prune_graph(step: Prune, graph: Graph) -> Graph:
    """A copy of ``graph`` with every kernel pruned on its own to the step's sparsity.

    Biases, batch-norm statistics and all else that is no kernel stay as they are. Raises
    ConversionError for a graph without kernels, and where a kernel ends up with fewer zeros
    than were asked for.
    """
    pruned = map_kernels(partial(prune_array, sparsity=step.sparsity), graph)
    count = 0
    for name, weights in kernels(pruned):
        count += 1
        zeros = weights.size - int(np.count_nonzero(weights))
        if zeros < zeros_wanted(weights.size, step.sparsity):
            raise ConversionError(f"{step.name} left {zeros} zeros of {weights.size} in {name}")
    if count == 0:
        raise ConversionError(
            f"{step.name} found no kernel in the graph",
            advice="leave the transform out for this model",
        )
    return pruned


def prune_array(weights: Array, sparsity: float) -> Array:
    """A copy of ``weights`` whose ``zeros_wanted`` values of smallest magnitude are 0.

    Of equal magnitudes the first in memory order go first. Zeros that are there already count,
    and NaN is larger than anything.
    """
    pruned = weights.copy()
    wanted = zeros_wanted(weights.size, sparsity)
    if wanted == 0:
        return pruned
    # The nearest type that NumPy sorts; bfloat16 is none of its own.
    magnitudes = np.abs(weights.astype(np.result_type(weights.dtype, np.float32)).ravel())
    threshold = np.partition(magnitudes, wanted - 1)[wanted - 1]
    below = magnitudes < threshold
    ties = np.flatnonzero(magnitudes == threshold)[: wanted - int(np.count_nonzero(below))]
    below[ties] = True
    pruned[below.reshape(weights.shape)] = 0
    return pruned


def zeros_wanted(size: int, sparsity: float) -> int:
    """floor(``sparsity`` · ``size``), with ``sparsity`` as it is written in decimal.

    Rounded down, so that a kernel of a single weight is never removed altogether.
    """
    return math.floor(Fraction(str(sparsity)) * size)
