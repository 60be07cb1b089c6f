"""Weight clustering: each kernel is left with a few distinct values, which compress well."""

from __future__ import annotations

import numpy as np

from sizewise.compress.kernels import kernels, map_kernels
from sizewise.compress.prune import no_kernel
from sizewise.domain import Array, Cluster, Graph
from sizewise.errors import ConversionError

_BINS = 512
"""Into how many bins values are gathered to find where the clusters lie; with no more distinct
values than that, the result is the best there is.
"""
_ROUNDS = 100


def cluster_graph(step: Cluster, graph: Graph) -> Graph:
    """A copy of ``graph`` whose kernels have at most ``step.clusters`` distinct values each.

    Raises ConversionError where a kernel holds NaN or infinity.
    """

    def change(name: str, weights: Array) -> Array:
        if not np.isfinite(weights.astype(np.float64)).all():
            raise ConversionError(f"{step.name} cannot cluster {name}: it holds NaN or infinity")
        return cluster_array(weights, step.clusters)

    return map_kernels(change, graph)


def check_clustered(step: Cluster, graph: Graph) -> None:
    """Raise ConversionError where a kernel has more distinct values than ``step`` asks for, or
    there is no kernel.
    """
    found = False
    for name, weights in kernels(graph):
        found = True
        # In a type that NumPy sorts rightly: neither float16 nor bfloat16 is one everywhere.
        distinct = np.unique(weights.astype(np.float64)).size
        if distinct > step.clusters:
            raise ConversionError(
                f"{step.name} left {distinct} distinct values in {name}",
                advice="put the steps that prune before those that cluster",
            )
    if not found:
        raise no_kernel(step.name)


def cluster_array(weights: Array, clusters: int) -> Array:
    """A copy of ``weights`` with at most ``clusters`` distinct values, as near to it as can be.

    Zeros stay zeros, and 0 is one of the values where there are any. ``weights`` are finite,
    ``clusters`` is at least 2. The squared error is the least possible for up to 512 distinct
    values, and a local minimum next to that of a histogram for more; equal weights give equal
    results.
    """
    flat = weights.astype(np.float64).ravel()
    nonzero = flat != 0
    values = flat[nonzero]
    left = clusters if nonzero.all() else clusters - 1
    if values.size == 0 or np.unique(values).size <= left:
        return weights.copy()
    order = np.sort(values)
    starts = _starts(order, left)
    ends = np.append(starts[1:], order.size)
    sums = np.append(0.0, np.cumsum(order))
    centres = (sums[ends] - sums[starts]) / (ends - starts)
    clustered = np.zeros(flat.shape)
    clustered[nonzero] = centres[np.searchsorted(order[starts[1:]], values, side="right")]
    result: Array = clustered.astype(weights.dtype).reshape(weights.shape)
    return result


def _starts(order: Array, clusters: int) -> Array:
    """Where in the sorted values each cluster begins: k-means in one dimension.

    The optimum over a histogram by dynamic programming (Wang and Song, "Ckmeans.1d.dp", The R
    Journal 3 (2011)), then Lloyd's rounds over the values themselves.
    """
    edges = _edges(order)
    starts = edges[_optimal(order, edges, clusters)]
    sums = np.append(0.0, np.cumsum(order))
    for _ in range(_ROUNDS):
        ends = np.append(starts[1:], order.size)
        centres = (sums[ends] - sums[starts]) / (ends - starts)
        between = np.searchsorted(order, (centres[1:] + centres[:-1]) / 2, side="right")
        moved = np.unique(np.append(0, between))
        if np.array_equal(moved, starts):
            break
        starts = moved
    return starts


def _edges(order: Array) -> Array:
    """Where the bins of a histogram begin: at each distinct value where these are few, else
    half of them evenly in rank and half evenly in value, so that tails are resolved as well.
    """
    distinct = np.flatnonzero(np.diff(order, prepend=np.nan) != 0)
    if distinct.size <= _BINS:
        return distinct
    by_rank = order[np.linspace(0, order.size - 1, _BINS // 2).astype(int)]
    by_value = np.linspace(order[0], order[-1], _BINS // 2)
    cuts = np.union1d(by_rank, by_value)
    edges: Array = np.unique(np.append(0, np.searchsorted(order, cuts[cuts <= order[-1]])))
    return edges


def _optimal(order: Array, edges: Array, clusters: int) -> Array:
    """Which bins begin a cluster, so that the sum of squared distances is the least.

    ``best[j]`` is the least cost of the first j bins with the clusters so far; each round adds
    one cluster.
    """
    ends = np.append(edges, order.size)
    sums = np.append(0.0, np.cumsum(order))[ends]
    squares = np.append(0.0, np.cumsum(order * order))[ends]
    # cost[i, j]: bins i to j - 1 as one cluster.
    count = np.maximum(ends[None, :] - ends[:, None], 1)
    sum_of = sums[None, :] - sums[:, None]
    cost = squares[None, :] - squares[:, None] - sum_of * sum_of / count
    cost[np.tril_indices(len(ends))] = np.inf
    best = cost[0]
    # Transposed, so that the minimum runs along memory.
    cost = np.ascontiguousarray(cost.T)
    came_from = []
    for _ in range(min(clusters, len(edges)) - 1):
        total = cost + best
        chosen = total.argmin(axis=1)
        best = total[np.arange(len(ends)), chosen]
        came_from.append(chosen)
    end, starts = len(ends) - 1, []
    for chosen in reversed(came_from):
        end = int(chosen[end])
        starts.append(end)
    return np.array([0, *reversed(starts)])
