"""The solvers against brute force, closed forms and plain rounding."""

import itertools

import numpy as np
import pytest

from sizewise.compress.obs.solver import (
    better_columns,
    column_errors,
    compensated,
    damped,
    factored,
    refined,
    searched,
)


def problem(seed=0, *, problems=1, inputs=6, outputs=3, samples=200, correlation=0.9):
    """Weights, and the moments of inputs that go together."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(problems, samples, 1))
    own = rng.normal(size=(problems, samples, inputs))
    x = correlation * common + (1 - correlation) * own
    return rng.normal(size=(problems, inputs, outputs)), x.swapaxes(1, 2) @ x


def integers(rows, ideal):
    return np.rint(ideal)


def best_integers(weights, moments):
    """Of all integers next to each weight the best, by trying all."""
    count, outputs = weights.shape
    offsets = np.array(list(itertools.product((-1, 0, 1, 2), repeat=count))).T
    best = np.empty_like(weights)
    for column in range(outputs):
        values = np.floor(weights[:, column])[:, None] + offsets
        errors = weights[:, column, None] - values
        best[:, column] = values[:, (errors * (moments @ errors)).sum(axis=0).argmin()]
    return best


def total(weights, chosen, moments):
    return column_errors(weights, chosen, moments).sum()


@pytest.mark.parametrize("seed", range(5))
def test_each_method_comes_nearer_to_the_optimum(seed):
    weights, moments = problem(seed)
    order = factored(moments)
    nearest = total(weights, np.rint(weights), moments)
    in_turn = compensated(weights, order, integers)
    steps = np.ones(weights.shape)
    found = searched(weights, order, integers, steps)
    optimum = total(weights, best_integers(weights[0], moments[0])[None], moments)
    assert optimum <= total(weights, found, moments) * (1 + 1e-9)
    assert total(weights, found, moments) <= total(weights, in_turn, moments)
    assert total(weights, in_turn, moments) < nearest
    assert total(weights, found, moments) <= 1.5 * optimum


def test_a_wide_search_finds_the_optimum(monkeypatch):
    monkeypatch.setattr("sizewise.compress.obs.solver.WIDEST", 3**5)
    weights, moments = problem(7, inputs=5, outputs=2)
    found = searched(weights, factored(moments), integers, np.ones(weights.shape))
    optimum = best_integers(weights[0], moments[0])[None]
    assert total(weights, found, moments) == pytest.approx(total(weights, optimum, moments))


def test_rows_in_turn_are_what_gptq_computes():
    """Frantar et al., 2022, equations 2 and 3, with the inverse updated row by row."""
    weights, moments = problem(3, inputs=7)
    (order,), expected = factored(moments).order, weights[0].copy()
    inverse = np.linalg.inv(moments[0])
    quantized = np.empty_like(expected)
    left = list(order)
    for row in order:
        quantized[row] = np.rint(expected[row])
        error = (expected[row] - quantized[row]) / inverse[row, row]
        expected -= np.outer(inverse[:, row], error)
        inverse = inverse - np.outer(inverse[:, row], inverse[row]) / inverse[row, row]
        left.remove(row)
        inverse[row, row] = 1.0
    np.testing.assert_allclose(compensated(weights, factored(moments), integers)[0], quantized)


def test_a_free_last_row_is_the_least_squares_answer():
    weights, moments = problem(1, inputs=4)

    def choose(rows, ideal):
        return ideal if rows[0] == 3 else np.rint(ideal)

    chosen = compensated(weights, factored(moments, last=3), choose)
    owed = moments[0, 3, :3] @ (weights - chosen)[0, :3] / moments[0, 3, 3]
    np.testing.assert_allclose(chosen[0, 3], weights[0, 3] + owed)


def test_blocks_change_nothing(monkeypatch):
    weights, moments = problem(2, problems=2, inputs=11)
    whole = compensated(weights, factored(moments), integers)
    swept = refined(weights, whole, moments, integers, 2)
    monkeypatch.setattr("sizewise.compress.obs.solver.BLOCK", 3)
    np.testing.assert_allclose(compensated(weights, factored(moments), integers), whole)
    np.testing.assert_allclose(refined(weights, whole, moments, integers, 2), swept)


def test_the_order_is_that_of_energy_and_of_the_rows_that_are_told():
    moments = np.diag([1.0, 3.0, 2.0, 9.0])[None]
    assert factored(moments).order.tolist() == [[3, 1, 2, 0]]
    assert factored(moments, first=0).order.tolist() == [[0, 3, 1, 2]]
    assert factored(moments, last=3).order.tolist() == [[1, 2, 0, 3]]


def test_the_factor_is_upper_triangular_and_gives_the_moments():
    _, moments = problem(4, problems=3)
    result = factored(moments)
    assert np.array_equal(result.upper, np.triu(result.upper))
    for known, order, upper in zip(moments, result.order, result.upper, strict=True):
        np.testing.assert_allclose(upper @ upper.T, known[np.ix_(order, order)])


@pytest.mark.parametrize("seed", range(3))
def test_sweeps_never_make_it_worse(seed):
    weights, moments = problem(seed, problems=2, inputs=12)
    before = np.rint(weights)
    for sweeps in (1, 2, 3):
        after = refined(weights, np.rint(weights), moments, integers, sweeps)
        assert (
            column_errors(weights, after, moments)
            <= column_errors(weights, before, moments) * (1 + 1e-9)
        ).all()
        before = after


def test_the_better_column_is_taken():
    weights, moments = problem(5)
    one, other = np.rint(weights), np.rint(weights)
    one[:, :, 0] += 5
    other[:, :, 1] += 5
    best = better_columns(weights, one, other, moments)
    assert (best == np.rint(weights))[:, :, :2].all()


def test_singular_moments_become_regular_and_zeros_leave_each_weight_alone():
    x = np.ones((1, 4, 5))
    singular = x.swapaxes(1, 2) @ x
    assert np.isfinite(factored(damped(singular)).upper).all()
    nothing = damped(np.zeros((1, 5, 5)))
    np.testing.assert_array_equal(nothing[0], np.eye(5))
    weights = np.random.default_rng(0).normal(size=(1, 5, 2))
    chosen = compensated(weights, factored(nothing), integers)
    np.testing.assert_array_equal(chosen, np.rint(weights))
