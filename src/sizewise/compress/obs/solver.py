"""Weights chosen one after another, what each choice spoils made good by those that follow.

A problem is a matrix ``W`` [inputs, outputs] and the second moments ``H`` [inputs, inputs] of what
it is multiplied with. Choosing ``Q`` in its place changes the outputs, squared and summed over
all samples, by ``tr(E' H E)`` with ``E = W - Q``. With ``H = R R'``, ``R`` upper triangular, that
is the squared norm of ``R' E``, whose row i is ``R_ii e_i`` plus what the rows before it add: so
row i is best chosen near ``w_i + sum_j<i (R_ji / R_ii) e_j``. It is the method of optimal brain
surgeon as GPTQ has it (Frantar et al., 2022), in the form of Babai's nearest plane (Chen et al.,
2025), which needs one Cholesky factorisation and no inverse.

Everything here takes ``P`` problems of one shape at once: ``W`` is [P, n, m] and ``H`` [P, n, n].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from sizewise.domain import Array

DAMPING = 0.01
"""What is added to the diagonal of H, as a share of its mean (Frantar et al., 2022)."""

BLOCK = 128
"""Rows between two updates of those that follow (Frantar et al., 2022)."""

Choose: TypeAlias = Callable[[Array, Array], Array]
"""From the numbers of a row in each problem, [P], and the ideal values of these rows,
[..., P, m], to the values to take.
"""

SEARCH_WORK = 1e8
"""A search follows as many choices at once as keep its work, choices times outputs times inputs
squared, below that.
"""

WIDEST = 32
"""And never more than so many."""


@dataclass(frozen=True, slots=True)
class Factored:
    """Second moments, damped, ordered and factored.

    ``order`` [P, n] is the order in which rows are chosen; ``upper`` [P, n, n] the triangular
    factor R of the damped moments in that order.
    """

    order: Array
    upper: Array


def damped(moments: Array, damping: float = DAMPING) -> Array:
    """Moments with ``damping`` times their mean diagonal added to the diagonal.

    That makes a singular matrix regular, and keeps weights that the samples say nothing of where
    they are. A problem whose inputs are 0 throughout gets the unit matrix: each of its weights is
    then chosen on its own.
    """
    count = moments.shape[-1]
    means = np.trace(moments, axis1=-2, axis2=-1) / count
    added = np.where(means > 0, damping * means, 1.0)
    regular: Array = moments + added[:, None, None] * np.eye(count)
    return regular


def factored(regular: Array, *, first: int | None = None, last: int | None = None) -> Factored:
    """``regular``, a positive definite matrix a problem, with the rows of most energy first.

    ``first`` is a row that is chosen before all others, ``last`` one that is chosen after them.
    Raises ``numpy.linalg.LinAlgError`` for a matrix that is not positive definite.
    """
    energy = np.diagonal(regular, axis1=-2, axis2=-1).copy()
    if first is not None:
        energy[:, first] = np.inf
    if last is not None:
        energy[:, last] = -np.inf
    order = np.argsort(-energy, axis=-1, kind="stable")
    ordered = _ordered(regular, order)
    # The Cholesky factor of the reversed matrix, reversed, is upper triangular.
    upper = np.linalg.cholesky(ordered[:, ::-1, ::-1])[:, ::-1, ::-1]
    return Factored(order, np.ascontiguousarray(upper))


def compensated(weights: Array, moments: Factored, choose: Choose) -> Array:
    """The values that ``choose`` takes, row by row, near what is ideal after those before it."""
    rows = _rows(weights, moments.order)
    upper = moments.upper
    errors = np.zeros_like(rows)
    for start, end in blocks(rows.shape[1]):
        # What the rows of earlier blocks leave to make good.
        carried = upper[:, :start, start:end].swapaxes(1, 2) @ errors[:, :start]
        for row in range(start, end):
            within = (upper[:, None, start:row, row] @ errors[:, start:row])[:, 0]
            owed = (carried[:, row - start] + within) / upper[:, row, row, None]
            chosen = choose(moments.order[:, row], rows[:, row] + owed)
            errors[:, row] = rows[:, row] - chosen
    return _restored(rows - errors, moments.order)


def searched(weights: Array, moments: Factored, choose: Choose, steps: Array) -> Array:
    """``compensated``, by a search among the likeliest choices (the K-best sphere decoder).

    Besides the nearest value that ``choose`` takes, those one of ``steps`` [P, n, m] further on
    either side are followed, and of all that was chosen so far the best are kept: as many as
    ``SEARCH_WORK`` allows. With one, this is ``compensated``.
    """
    problems, count, outputs = weights.shape
    width = min(int(SEARCH_WORK / (problems * outputs * count**2)), WIDEST)
    if width <= 1:
        return compensated(weights, moments, choose)
    rows, steps = _rows(weights, moments.order), _rows(steps, moments.order)
    upper = moments.upper
    # [choices, P, n, m] and [choices, P, m].
    errors = np.zeros((1, *rows.shape))
    costs = np.zeros((1, problems, outputs))
    for row in range(count):
        scale = upper[:, row, row, None]
        owed = (upper[:, None, :row, row] @ errors[:, :, :row])[:, :, 0] / scale
        ideal = rows[:, row] + owed
        step = steps[:, row]
        near = [choose(moments.order[:, row], ideal + side * step) for side in (0, 1, -1)]
        values = np.stack(near)
        added = (scale * (values - ideal)) ** 2
        added[1:][values[1:] == values[:1]] = np.inf
        total = (costs + added).reshape(-1, problems, outputs)
        best = np.argsort(total, axis=0, kind="stable")[:width]
        costs = np.take_along_axis(total, best, axis=0)
        before = errors[:, :, :row]
        errors = np.zeros((len(best), *rows.shape))
        errors[:, :, :row] = np.take_along_axis(before, (best % len(before))[:, :, None], axis=0)
        flat = values.reshape(-1, problems, outputs)
        errors[:, :, row] = rows[:, row] - np.take_along_axis(flat, best, axis=0)
    return _restored(rows - errors[0], moments.order)


def refined(weights: Array, chosen: Array, regular: Array, choose: Choose, sweeps: int) -> Array:
    """``chosen`` after ``sweeps`` of coordinate descent (Behdin et al., 2023).

    Each row in turn is chosen anew near what is ideal given all others. Where ``choose`` takes
    the nearest of the values that a row may have, no sweep makes the error larger.
    """
    current = chosen.copy()
    diagonal = np.diagonal(regular, axis1=-2, axis2=-1)
    problems = len(weights)
    for _ in range(sweeps):
        owed = regular @ (weights - current)
        for start, end in blocks(weights.shape[1]):
            before = current[:, start:end].copy()
            for row in range(start, end):
                moved = before[:, : row - start] - current[:, start:row]
                within = (regular[:, None, row, start:row] @ moved)[:, 0]
                ideal = current[:, row] + (owed[:, row] + within) / diagonal[:, row, None]
                current[:, row] = choose(np.full(problems, row), ideal)
            owed += regular[:, :, start:end] @ (before - current[:, start:end])
    return current


def column_errors(weights: Array, chosen: Array, moments: Array) -> Array:
    """The squared change of each output, summed over all samples: [P, m]."""
    errors = weights - chosen
    changes: Array = np.einsum("pnm,pnm->pm", errors, moments @ errors)
    return changes


def better_columns(weights: Array, one: Array, other: Array, moments: Array) -> Array:
    """Each output's weights from ``one`` or ``other``: from whichever changes it less."""
    is_worse = column_errors(weights, one, moments) > column_errors(weights, other, moments)
    return np.where(is_worse[:, None, :], other, one)


def blocks(count: int) -> Iterator[tuple[int, int]]:
    """First and last row, exclusive, of each block."""
    for start in range(0, count, BLOCK):
        yield start, min(start + BLOCK, count)


def _ordered(matrices: Array, order: Array) -> Array:
    rows = np.take_along_axis(matrices, order[:, :, None], axis=1)
    return np.take_along_axis(rows, order[:, None, :], axis=2)


def _rows(weights: Array, order: Array) -> Array:
    return np.take_along_axis(weights, order[:, :, None], axis=1)


def _restored(rows: Array, order: Array) -> Array:
    weights = np.empty_like(rows)
    np.put_along_axis(weights, order[:, :, None], rows, axis=1)
    return weights
