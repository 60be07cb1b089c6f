"""Values that weights may take, as choices for the solver."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sizewise.compress.obs.calibration import Problem
from sizewise.compress.obs.grid import Grid
from sizewise.compress.obs.solver import Choose
from sizewise.domain import Array

Nearest = Callable[[Array], Array]
"""From values to the nearest ones that are allowed."""


def choices(
    problem: Problem,
    nearest: Nearest,
    bias: Grid | None,
    *,
    kept: Array | None = None,
    gone: Array | None = None,
) -> Choose:
    """Weights go to the ``nearest`` value and zeros stay zeros; a bias goes to the grid
    ``bias``, or takes any value.

    ``nearest`` is given the weights of one row in all problems, [..., P, m]. Where ``kept``, an
    array of truth values of the weights' shape, holds, a weight stays near its own value,
    whatever would be ideal; where ``gone``, another, holds, it becomes 0.
    """
    is_zero = problem.weights == 0 if gone is None else gone
    each = np.arange(len(problem.weights))
    last = problem.inputs

    def choose(rows: Array, ideal: Array) -> Array:
        if rows[0] == last:
            return ideal if bias is None else bias.nearest(ideal)
        wanted = ideal
        if kept is not None:
            wanted = np.where(kept[each, rows], problem.weights[each, rows], ideal)
        return np.where(is_zero[each, rows], 0.0, nearest(wanted))

    return choose


def one_by_one(problem: Problem, choose: Choose) -> Array:
    """What ``choose`` takes where each weight is ideal as it is."""
    count = len(problem.weights)
    rows = range(problem.weights.shape[1])
    return np.stack([choose(np.full(count, row), problem.weights[:, row]) for row in rows], axis=1)
