"""The weights of a problem on the levels of a grid, some of them removed in the same pass."""

from __future__ import annotations

import numpy as np

from sizewise.compress.obs.calibration import Problem
from sizewise.compress.obs.choices import choices, one_by_one
from sizewise.compress.obs.contractions import Lookup
from sizewise.compress.obs.grid import LEVELS, Grid, best_grid, whole_grid
from sizewise.compress.obs.pruning import pruned_problem
from sizewise.compress.obs.solver import (
    Choose,
    better_columns,
    column_errors,
    compensated,
    factored,
    refined,
    searched,
)
from sizewise.compress.prune import prune_array, zeros_wanted
from sizewise.domain import Array, Encoding

SWEEPS = 3
"""Sweeps of coordinate descent after the weights were chosen one after another."""

FEWEST_INPUTS = 16
"""Fewer weights of an output can hardly make good for one another: they get all levels, and none
is removed.
"""

TRIAL_WORK = 3e6
"""Several grids are tried where inputs times weights are no more than that."""

_SHARES: tuple[float, ...] = (0.9, 0.95, 1.05, 1.1)
_WIDE_SHARES: tuple[float, ...] = (0.98, 1.02, 1.04)
"""Of the scale of a grid: those that are tried beside it."""


def in_encoding(problem: Problem, encoding: Encoding, bias: Grid | None) -> tuple[Grid, Array]:
    """The grid of a kernel in ``encoding``, uint8 of any levels and sparsity, and the weights of
    ``problem`` on it; ``bias`` is the grid of the bias, None where that is free.
    """
    if isinstance(problem.contraction, Lookup):
        return looked_up(problem, encoding)
    if is_trifle(problem):
        return on_best_grid(problem, LEVELS, bias)
    levels = encoding.levels or LEVELS
    if encoding.sparsity is None:
        return on_best_grid(problem, levels, bias)
    return sparse_on_best_grid(problem, encoding.sparsity, levels, bias)


def is_trifle(problem: Problem) -> bool:
    """Whether a kernel has all levels and keeps all weights in any encoding.

    The rows of a table make good for nothing, and yet a table is most of what a model weighs.
    """
    return problem.inputs < FEWEST_INPUTS and not isinstance(problem.contraction, Lookup)


def looked_up(problem: Problem, encoding: Encoding) -> tuple[Grid, Array]:
    """The grid of a table in ``encoding``, and its rows on it, each weight at the nearest level.

    As no two rows meet, nothing is better on that grid. It is that of least squared error, rows
    in use counting for more; with all levels it is the one over the whole range, whose bytes
    compress best. What ``encoding`` removes is what costs least, by the same count.
    """
    left, levels = problem.weights, encoding.levels or LEVELS
    if encoding.sparsity is not None:
        left = pruned_problem(problem, zeros_wanted(problem.matrices.size, encoding.sparsity))
    grids = [whole_grid(left, levels)]
    if levels < LEVELS:
        grids.append(least_squares_grid(problem, levels, left))
    found = [(grid, np.where(left == 0, 0.0, grid.nearest(left))) for grid in grids]
    return min(found, key=lambda one: total_error(problem, one[1]))


def sparse_on_best_grid(
    problem: Problem, sparsity: float, levels: int, bias: Grid | None
) -> tuple[Grid, Array]:
    """The grid, and the weights of ``problem`` on it, of which at least ``sparsity`` are 0.

    Optimal brain surgeon chooses which weights go, and what the others would be without a grid:
    ``P``. On a grid for these, they then make good for what went and for one another's rounding
    against the original weights ``W``. Where ``P`` is the exact answer, any ``Q`` with the same
    zeros is as far from ``W`` as from ``P``, but for what ``P`` is off (Pythagoras: what ``P`` is
    off is orthogonal to all that the weights that stay can do). So the search may start from
    ``P``, which spares it to find out, row by row, what the rows to come will remove.

    The kernel's outputs change no more than with the smallest weights removed and the others
    rounded to the nearest level, or that is what is given.
    """
    left = pruned_problem(problem, zeros_wanted(problem.matrices.size, sparsity))
    grid, chosen = on_best_grid(problem, levels, bias, left)
    plain_grid, plain = _plainly(problem, sparsity, levels, bias)
    if total_error(problem, plain) < total_error(problem, chosen):
        return plain_grid, plain
    return grid, chosen


def on_best_grid(
    problem: Problem, levels: int, bias: Grid | None, start: Array | None = None
) -> tuple[Grid, Array]:
    """The grid on which the outputs change least, and the weights of ``problem`` on it.

    Of a small kernel several are tried: the one of least squared error of the weights, wider and
    narrower ones, and the one over the whole range. Of a large one it is the first. With all
    levels, kernels that are no trifle get the whole range or nearly so: a narrower one would
    spread the weights over more levels, and so cost bytes once the file is compressed.

    ``start`` is what ``rounded_problem`` begins with; it is what grids are chosen for, too.
    """
    wanted = problem.weights if start is None else start
    first, shares = least_squares_grid(problem, levels, wanted), _SHARES
    whole = whole_grid(wanted[:, : problem.inputs], levels)
    if levels == LEVELS and not is_trifle(problem):
        first, shares = whole, _WIDE_SHARES
    grids = [first]
    if problem.weights.size * problem.inputs <= TRIAL_WORK:
        grids += [*(first.scaled(share) for share in shares), whole]
    found = []
    for grid in grids:
        choose = choices(problem, grid.nearest, bias, gone=wanted == 0)
        chosen = rounded_problem(problem, choose, grid.scale, bias, start)
        found.append((total_error(problem, chosen), grid, chosen))
    _, best, chosen = min(found, key=lambda one: one[0])
    return best, chosen


def rounded_problem(
    problem: Problem,
    choose: Choose,
    step: Array | float | None,
    bias: Grid | None,
    start: Array | None = None,
) -> Array:
    """The weights of ``problem`` where ``choose`` allows them, each making good for the others.

    ``step`` is how far apart the values are that a weight may have, None where that varies, and
    ``bias`` the grid of the bias, None where it is free. ``start`` are weights that are as good as
    any with their zeros, which ``choose`` keeps; the problem's own if it is left out. No output
    changes more, on the calibration samples, than if each weight had gone to the nearest value.
    """
    plain = one_by_one(problem, choose)
    begun = problem.weights if start is None else start
    regular = problem.regular
    row = None if problem.bias is None else problem.inputs
    # A bias on a grid is rounded first, while all others can make good for it; a free one last.
    order = factored(regular, first=row) if bias is not None else factored(regular, last=row)
    if step is None:
        chosen = compensated(begun, order, choose)
    else:
        steps = np.zeros(problem.weights.shape)
        steps[:, : problem.inputs] = step
        steps[:, problem.inputs :] = 0.0 if bias is None else bias.scale
        chosen = searched(begun, order, choose, steps)
    chosen = refined(problem.weights, chosen, regular, choose, SWEEPS)
    return better_columns(problem.weights, chosen, plain, problem.moments)


def least_squares_grid(problem: Problem, levels: int, wanted: Array) -> Grid:
    """The grid for the kernel in ``wanted`` [P, n, m] of least squared error, inputs of more
    energy counting for more, and zeros, which are exact on every grid, for nothing.
    """
    kernel = wanted[:, : problem.inputs]
    energy = np.diagonal(problem.moments, axis1=-2, axis2=-1)[:, : problem.inputs, None]
    energies = np.broadcast_to(energy, kernel.shape)
    is_left = kernel != 0
    if is_left.all():
        return best_grid(kernel, energies, levels)
    values, counts = np.append(kernel[is_left], 0.0), np.append(energies[is_left], 0.0)
    return best_grid(values, counts, levels)


def nearest_in(kernel: Array, encoding: Encoding) -> tuple[Grid, Array]:
    """The grid over the whole range of a kernel, and the kernel on it, without any calibration:
    its smallest weights removed where ``encoding`` asks for zeros, the others at the nearest level.
    """
    left = kernel if encoding.sparsity is None else prune_array(kernel, encoding.sparsity)
    grid = whole_grid(left, encoding.levels or LEVELS)
    return grid, grid.nearest(left)


def total_error(problem: Problem, chosen: Array) -> float:
    """The squared change of all outputs, summed over all samples."""
    return float(column_errors(problem.weights, chosen, problem.moments).sum())


def _plainly(
    problem: Problem, sparsity: float, levels: int, bias: Grid | None
) -> tuple[Grid, Array]:
    """The smallest weights removed, the others at the nearest level, and so the bias."""
    chosen = problem.weights.copy()
    left = prune_array(chosen[:, : problem.inputs], sparsity)
    grid = whole_grid(left, levels)
    chosen[:, : problem.inputs] = grid.nearest(left)
    if bias is not None:
        chosen[:, problem.inputs :] = bias.nearest(chosen[:, problem.inputs :])
    return grid, chosen
