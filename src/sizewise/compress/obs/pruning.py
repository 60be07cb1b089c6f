"""Weights removed, and what their removal does made good by those that stay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sizewise.compress.kernels import input_axes
from sizewise.compress.obs.calibration import Problem, calibrated
from sizewise.compress.obs.solver import Factored, blocks, compensated, factored
from sizewise.compress.prune import prune_array, prune_to_pattern, zeros_wanted
from sizewise.domain import Array, Graph, Pattern, Prune, Samples, Scope
from sizewise.errors import ConversionError

EXACT_WORK = 3e8
"""Weights are removed one by one where outputs times inputs cubed is no more than that."""

REFIT_WORK = 2e11
"""Those that stay are solved for exactly where outputs times inputs cubed is no more than that."""

_CHUNK_VALUES = 1 << 23
"""How many numbers of matrices are in work at once."""


def prune_graph(step: Prune, graph: Graph, calibrate: Samples) -> Graph:
    """A copy of ``graph`` with each kernel pruned to the step's sparsity or pattern.

    Weights that cost least go, and the others, and the bias, make good for them: by optimal brain
    surgeon, one at a time, where kernels are small (Hassibi and Stork, 1993; Frantar and Alistarh,
    2022), else in blocks as SparseGPT does (Frantar and Alistarh, 2023). Kernels that cannot be
    calibrated are pruned by magnitude.

    Raises DataError where the samples do not do, and ConversionError where the graph cannot be
    run, and for a step over all kernels together.
    """
    if step.scope is Scope.GLOBAL:
        raise ConversionError(
            f"{step.name}: what weights of different kernels cost cannot be compared",
            advice="leave out the scope: each kernel is pruned on its own",
        )
    axes = input_axes(graph) if step.pattern else {}
    pattern, sparsity = step.pattern, step.sparsity or 0.0

    def solve(problem: Problem) -> Array:
        if pattern is None:
            return pruned_problem(problem, zeros_wanted(problem.matrices.size, sparsity))
        if problem.name not in axes:
            return problem.weights
        return patterned_problem(problem, pattern, axes[problem.name])

    def change(name: str, kernel: Array) -> Array:
        if pattern is None:
            return prune_array(kernel, sparsity)
        return prune_to_pattern(kernel, pattern, axes[name]) if name in axes else kernel

    return calibrated(graph, calibrate, solve, change)[0]


def pruned_problem(problem: Problem, zeros: int) -> Array:
    """The weights of ``problem`` with at least ``zeros`` of the kernel's at 0, and with those that
    are 0 already.
    """
    return pruned_problems(problem, (zeros,))[0]


def pruned_problems(problem: Problem, zeros: Sequence[int]) -> tuple[Array, ...]:
    """``pruned_problem`` for each of ``zeros``, with the order of removal found once."""
    regular = problem.regular
    if _work(problem) <= EXACT_WORK:
        costs = _costs_one_by_one(problem, regular)
        removed = [_smallest(costs, count) for count in zeros]
    else:
        row = None if problem.bias is None else problem.inputs
        moments = factored(regular, last=row)
        removed = [_removed_in_blocks(problem, moments, count) for count in zeros]
    is_zero = problem.weights[:, : problem.inputs] == 0
    return tuple(without(problem, gone | is_zero, regular) for gone in removed)


def patterned_problem(problem: Problem, pattern: Pattern, axis: int) -> Array:
    """The weights of ``problem`` with at most ``pattern.kept`` of each group along ``axis``.

    Those stay that would cost most if they went alone: w² / (H^-1)_ii.
    """
    regular = problem.regular
    freedom = np.diagonal(np.linalg.inv(regular), axis1=-2, axis2=-1)[:, :, None]
    # Above 0, so that what is 0 afterwards is what the pattern takes.
    cost = problem.kernel(problem.weights**2 / freedom) + np.finfo(float).tiny
    gone = problem.rows(prune_to_pattern(cost, pattern, axis)) == 0
    return without(problem, gone, regular)


def without(problem: Problem, gone: Array, regular: Array) -> Array:
    """The best weights among those that are 0 where ``gone`` [P, n', m] holds.

    Where solving for them would take too long, they are corrected one after another.
    """
    mask = np.zeros(problem.weights.shape, bool)
    mask[:, : problem.inputs] = gone
    if _work(problem) <= REFIT_WORK:
        return _refitted(problem.weights, mask, regular)
    each = np.arange(len(mask))
    last = None if problem.bias is None else problem.inputs
    return compensated(
        problem.weights,
        factored(regular, last=last),
        lambda rows, ideal: np.where(mask[each, rows], 0.0, ideal),
    )


def _work(problem: Problem) -> float:
    problems, rows, outputs = problem.weights.shape
    return float(problems * outputs * rows**3)


def _costs_one_by_one(problem: Problem, regular: Array) -> Array:
    """What the removal of each weight costs after all that went before it: [P, n', m].

    Each output loses its weights in its own order. A weight costs no less than any before it, so
    that over all outputs those of least cost can be taken.
    """
    inverse = np.linalg.inv(regular)
    problems, inputs, outputs = problem.matrices.shape
    chunk = max(1, _CHUNK_VALUES // inverse[0].size)
    owners = np.repeat(np.arange(problems), outputs)
    columns = problem.weights.swapaxes(1, 2).reshape(problems * outputs, -1)
    ranked = np.empty((problems * outputs, inputs))
    for start in range(0, len(columns), chunk):
        part = slice(start, start + chunk)
        ranked[part] = _removal_costs(columns[part].copy(), inverse[owners[part]], inputs)
    return ranked.reshape(problems, outputs, inputs).swapaxes(1, 2)


def _removal_costs(weights: Array, inverse: Array, inputs: int) -> Array:
    """What removing each weight costs in its turn, and never less than any before it: [c, inputs].

    ``weights`` is [c, n] and ``inverse`` [c, n, n]; both are used up. The last n - ``inputs`` stay.
    """
    each = np.arange(len(weights))
    costs = np.zeros((len(weights), inputs))
    left = np.ones((len(weights), inputs), bool)
    dearest = np.zeros(len(weights))
    for _ in range(inputs):
        freedom = np.diagonal(inverse, axis1=1, axis2=2)[:, :inputs]
        cost = np.where(left, weights[:, :inputs] ** 2 / np.where(left, freedom, 1.0), np.inf)
        cheapest = cost.argmin(axis=1)
        dearest = np.maximum(dearest, cost[each, cheapest])
        costs[each, cheapest] = dearest
        left[each, cheapest] = False
        line = inverse[each, cheapest]
        pivot = line[each, cheapest]
        weights -= line * (weights[each, cheapest] / pivot)[:, None]
        inverse -= line[:, :, None] * (line / pivot[:, None])[:, None, :]
        weights[each, cheapest] = 0.0
    return costs


def _removed_in_blocks(problem: Problem, moments: Factored, zeros: int) -> Array:
    """Which weights go: of each block of rows the share that costs least, by then."""
    order, upper = moments.order, moments.upper
    rows = np.take_along_axis(problem.weights, order[:, :, None], axis=1)
    errors = np.zeros_like(rows)
    gone = np.zeros(rows.shape, bool)
    taken = 0
    for start, end in blocks(problem.inputs):
        owed = upper[:, :start, start:end].swapaxes(1, 2) @ errors[:, :start]
        scale = np.diagonal(upper, axis1=-2, axis2=-1)[:, start:end, None]
        ideal = rows[:, start:end] + owed / scale
        wanted = zeros * end // problem.inputs - taken
        gone[:, start:end] = _smallest((scale * ideal) ** 2, wanted)
        taken += wanted
        for row in range(start, end):
            debt = (upper[:, None, :row, row] @ errors[:, :row])[:, 0] / upper[:, row, row, None]
            errors[:, row] = np.where(gone[:, row], rows[:, row], -debt)
    mask = np.empty_like(gone)
    np.put_along_axis(mask, order[:, :, None], gone, axis=1)
    return mask[:, : problem.inputs]


def _smallest(costs: Array, count: int) -> Array:
    """Which ``count`` of ``costs`` are the smallest, the first of equals first."""
    found = np.zeros(costs.size, bool)
    found[np.argsort(costs, axis=None, kind="stable")[:count]] = True
    return found.reshape(costs.shape)


def _refitted(weights: Array, gone: Array, regular: Array) -> Array:
    """The least squares weights that are 0 where ``gone``: H_SS q_S = (H w)_S for what stays."""
    problems, rows, outputs = weights.shape
    wanted = (regular @ weights).swapaxes(1, 2).reshape(-1, rows)
    masks = gone.swapaxes(1, 2).reshape(-1, rows)
    owners = np.repeat(np.arange(problems), outputs)
    solved = np.empty_like(wanted)
    chunk = max(1, _CHUNK_VALUES // rows**2)
    for start in range(0, len(wanted), chunk):
        part = slice(start, start + chunk)
        mask = masks[part]
        # The rows and columns of what is gone become those of the unit matrix.
        matrices = np.where(mask[:, :, None] | mask[:, None, :], 0.0, regular[owners[part]])
        matrices[:, np.arange(rows), np.arange(rows)] += mask
        right = np.where(mask, 0.0, wanted[part])
        solved[part] = np.linalg.solve(matrices, right[:, :, None])[:, :, 0]
    solved[masks] = 0.0
    return solved.reshape(problems, outputs, rows).swapaxes(1, 2)
