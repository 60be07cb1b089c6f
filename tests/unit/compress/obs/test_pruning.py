"""Pruning and clustering of single kernels."""

import itertools

import numpy as np
import pytest
from tests.support.matrices import output_error, problem_of

from sizewise.compress.cluster import cluster_array
from sizewise.compress.obs import pruning
from sizewise.compress.obs.choices import choices, one_by_one
from sizewise.compress.obs.clustering import clustered_problem
from sizewise.compress.obs.grid import whole_grid
from sizewise.compress.obs.levels import rounded_problem
from sizewise.compress.obs.pruning import patterned_problem, pruned_problem, without
from sizewise.compress.prune import dense_groups, prune_array, prune_to_pattern
from sizewise.domain import Pattern


def best_pruned(problem, zeros):
    """By trying every set of ``zeros`` weights of a single output."""
    least = np.inf
    for gone in itertools.combinations(range(problem.inputs), zeros):
        mask = np.zeros(problem.matrices.shape, bool)
        mask[0, list(gone)] = True
        chosen = without(problem, mask, problem.regular)
        error = problem.weights[0] - chosen[0]
        least = min(least, (error * (problem.regular[0] @ error)).sum())
    return least


@pytest.mark.parametrize("seed", range(5))
def test_one_by_one_is_near_the_best_set(seed):
    problem, _ = problem_of(seed, inputs=8, outputs=1)
    chosen = pruned_problem(problem, 4)
    error = problem.weights[0] - chosen[0]
    assert np.count_nonzero(chosen) == 4
    assert (error * (problem.regular[0] @ error)).sum() <= 1.5 * best_pruned(problem, 4)


@pytest.mark.parametrize("has_bias", [False, True])
@pytest.mark.parametrize("exact_work", [pruning.EXACT_WORK, 0])
@pytest.mark.parametrize("refit_work", [pruning.REFIT_WORK, 0])
def test_outputs_change_less_than_by_magnitude(monkeypatch, has_bias, exact_work, refit_work):
    monkeypatch.setattr(pruning, "EXACT_WORK", exact_work)
    monkeypatch.setattr(pruning, "REFIT_WORK", refit_work)
    problem, rows = problem_of(1, inputs=40, outputs=5, has_bias=has_bias)
    chosen = pruned_problem(problem, 100)
    assert np.count_nonzero(chosen[:, :40] == 0) == 100
    plain = problem.weights.copy()
    plain[:, :40] = prune_array(plain[:, :40], 0.5)
    assert output_error(problem, rows, chosen) < 0.6 * output_error(problem, rows, plain)


def test_what_stays_is_the_least_squares_answer():
    problem, rows = problem_of(2, inputs=6, outputs=3)
    gone = np.random.default_rng(0).random((1, 6, 3)) < 0.5
    moments = problem.moments
    chosen = without(problem, gone, moments)
    for column in range(3):
        kept = ~gone[0, :, column]
        target = rows @ problem.weights[0, :, column]
        expected = np.linalg.lstsq(rows[:, kept], target, rcond=None)[0]
        np.testing.assert_allclose(chosen[0, kept, column], expected)
        assert (chosen[0, ~kept, column] == 0).all()


def test_a_pattern_holds_and_costs_less_than_magnitudes():
    problem, rows = problem_of(3, inputs=24, outputs=4)
    pattern = Pattern(2, 4)
    chosen = patterned_problem(problem, pattern, -2)
    kernel = problem.kernel(chosen)
    assert dense_groups(kernel, pattern, -2) == 0
    assert np.count_nonzero(kernel) == 48
    plain = prune_to_pattern(problem.kernel(problem.weights), pattern, -2)[None]
    assert output_error(problem, rows, chosen) < output_error(problem, rows, plain)


@pytest.mark.parametrize("has_bias", [False, True])
def test_clusters_are_few_and_cost_less_than_plain_ones(has_bias):
    problem, rows = problem_of(4, inputs=32, outputs=8, has_bias=has_bias)
    chosen = clustered_problem(problem, 6)
    assert np.unique(chosen[:, :32]).size <= 6
    plain = problem.weights.copy()
    plain[:, :32] = cluster_array(plain[:, :32], 6)
    assert output_error(problem, rows, chosen) < output_error(problem, rows, plain)


@pytest.mark.parametrize("has_bias", [False, True])
@pytest.mark.parametrize("levels", [4, 16, 256])
def test_rounding_never_changes_outputs_more_than_the_nearest_levels(has_bias, levels):
    problem, rows = problem_of(5, inputs=30, outputs=7, has_bias=has_bias)
    problem.weights[0, ::3, 0] = 0
    grid = whole_grid(problem.weights[:, :30], levels)
    bias = whole_grid(problem.weights[:, 30:], 256) if has_bias else None
    choose = choices(problem, grid.nearest, bias)
    chosen = rounded_problem(problem, choose, grid.scale, bias)
    plain = one_by_one(problem, choose)
    assert output_error(problem, rows, chosen) < 0.7 * output_error(problem, rows, plain)
    assert (chosen[0, ::3, 0][:10] == 0).all()
    np.testing.assert_allclose(grid.nearest(chosen[:, :30]), chosen[:, :30], atol=1e-12)
