"""Weights put onto a few values, each making good for the others."""

from __future__ import annotations

from functools import partial

import numpy as np

from sizewise.compress.cluster import cluster_array
from sizewise.compress.obs.calibration import Problem, calibrated
from sizewise.compress.obs.choices import choices
from sizewise.compress.obs.levels import rounded_problem
from sizewise.domain import Array, Cluster, Graph, Samples


def cluster_graph(step: Cluster, graph: Graph, calibrate: Samples) -> Graph:
    """A copy of ``graph`` whose kernels have at most ``step.clusters`` distinct values each.

    The values are those of plain clustering; which of them a weight takes makes good for what the
    weights before it took. Zeros stay zeros, and biases take any value. Kernels that cannot be
    calibrated are clustered plainly.

    Raises DataError where the samples do not do, and ConversionError where the graph cannot be
    run.
    """

    def change(_: str, kernel: Array) -> Array:
        return cluster_array(kernel, step.clusters)

    def solve(problem: Problem) -> Array:
        return clustered_problem(problem, step.clusters)

    return calibrated(graph, calibrate, solve, change)[0]


def clustered_problem(problem: Problem, clusters: int) -> Array:
    """The weights of ``problem`` with at most ``clusters`` distinct values in the kernel."""
    values = np.unique(cluster_array(problem.weights[:, : problem.inputs], clusters))
    choose = choices(problem, partial(_nearest, values=values), None)
    return rounded_problem(problem, choose, None, None)


def _nearest(wanted: Array, values: Array) -> Array:
    """The nearest of ``values``, which ascend."""
    return values[np.searchsorted((values[1:] + values[:-1]) / 2, wanted)]
