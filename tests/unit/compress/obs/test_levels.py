"""Kernels on the levels of a grid, some of their weights removed in the same pass."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.matrices import output_error, problem_of

from sizewise.compress.obs import levels, pruning
from sizewise.compress.obs.choices import choices
from sizewise.compress.obs.grid import LEVELS, whole_grid
from sizewise.compress.obs.levels import (
    in_encoding,
    least_squares_grid,
    nearest_in,
    on_best_grid,
    rounded_problem,
    sparse_on_best_grid,
    total_error,
)
from sizewise.compress.obs.pruning import pruned_problem, pruned_problems
from sizewise.compress.prune import prune_array
from sizewise.domain import Encoding, Rounding


def plainly(problem, sparsity, count, bias):
    """Magnitude pruning, then the nearest levels over the whole range."""
    chosen = problem.weights.copy()
    kernel = prune_array(chosen[:, : problem.inputs], sparsity)
    chosen[:, : problem.inputs] = whole_grid(kernel, count).nearest(kernel)
    if bias is not None:
        chosen[:, problem.inputs :] = bias.nearest(chosen[:, problem.inputs :])
    return chosen


def least_error(problem, grid, zeros):
    """Of a single output, by trying every set of ``zeros`` weights and every level of the rest."""
    values = grid.nearest(np.arange(grid.levels) * grid.scale + grid.minimum)
    least = np.inf
    for gone in itertools.combinations(range(problem.inputs), zeros):
        options = [[0.0] if row in gone else values for row in range(problem.inputs)]
        tried = np.array(list(itertools.product(*options)))
        errors = problem.weights[0, :, 0] - tried
        least = min(least, (errors @ problem.moments[0] * errors).sum(axis=1).min())
    return least


@pytest.mark.parametrize("seed", range(6))
def test_zeros_and_levels_are_near_the_best_of_all(seed):
    problem, _ = problem_of(seed, inputs=6, outputs=1)
    grid, chosen = sparse_on_best_grid(problem, 0.5, 5, None)
    assert np.count_nonzero(chosen == 0) >= 3
    np.testing.assert_array_equal(grid.nearest(chosen), chosen)
    assert total_error(problem, chosen) <= 1.7 * least_error(problem, grid, 3)


@pytest.mark.parametrize("seed", range(6))
def test_levels_around_given_zeros_are_near_the_best(seed):
    problem, _ = problem_of(seed, inputs=6, outputs=1)
    start = pruned_problem(problem, 2)
    grid = whole_grid(start, 5)
    choose = choices(problem, grid.nearest, None, gone=start == 0)
    chosen = rounded_problem(problem, choose, grid.scale, None, start)
    stays = np.flatnonzero(start[0, :, 0])
    values = grid.nearest(np.arange(5) * grid.scale + grid.minimum)
    tried = np.zeros((5 ** len(stays), 6))
    tried[:, stays] = np.array(list(itertools.product(values, repeat=len(stays))))
    errors = problem.weights[0, :, 0] - tried
    least = (errors @ problem.moments[0] * errors).sum(axis=1).min()
    assert total_error(problem, chosen) <= 1.1 * least


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    shape=st.tuples(st.integers(2, 24), st.integers(1, 5)),
    sparsity=st.sampled_from([0.1, 0.5, 0.75, 0.97]),
    count=st.sampled_from([2, 3, 16, 256]),
    has_bias=st.booleans(),
)
def test_outputs_change_no_more_than_by_magnitude_and_the_nearest_level(
    seed, shape, sparsity, count, has_bias
):
    problem, rows = problem_of(seed, *shape, samples=40, has_bias=has_bias)
    bias = whole_grid(problem.weights[:, shape[0] :], LEVELS) if has_bias else None
    grid, chosen = sparse_on_best_grid(problem, sparsity, count, bias)
    plain = plainly(problem, sparsity, count, bias)
    assert output_error(problem, rows, chosen) <= output_error(problem, rows, plain) * (1 + 1e-9)
    kernel = problem.kernel(chosen)
    assert np.count_nonzero(kernel == 0) >= np.floor(sparsity * kernel.size)
    decoded = grid.codes(kernel) * grid.scale + grid.minimum
    np.testing.assert_array_equal(decoded[kernel == 0], 0)
    np.testing.assert_allclose(decoded, kernel, atol=1e-12)


def test_one_pass_is_as_good_as_two_on_the_same_inputs():
    problem, rows = problem_of(7, inputs=40, outputs=8)
    _, joint = sparse_on_best_grid(problem, 0.5, 16, None)
    pruned = replace(problem, weights=pruned_problem(problem, 160))
    _, after = on_best_grid(pruned, 16, None)
    together, apart = (output_error(problem, rows, chosen) for chosen in (joint, after))
    assert together == pytest.approx(apart, rel=0.05)


def test_where_the_refit_is_not_exact_the_original_weights_still_count(monkeypatch):
    monkeypatch.setattr(pruning, "EXACT_WORK", 0)
    monkeypatch.setattr(pruning, "REFIT_WORK", 0)
    problem, rows = problem_of(7, inputs=40, outputs=8)
    _, joint = sparse_on_best_grid(problem, 0.5, 16, None)
    pruned = replace(problem, weights=pruned_problem(problem, 160))
    _, after = on_best_grid(pruned, 16, None)
    assert output_error(problem, rows, joint) < 0.98 * output_error(problem, rows, after)


def test_a_grid_is_for_what_stays():
    problem, _ = problem_of(2, inputs=30, outputs=3)
    wanted = problem.weights.copy()
    wanted[:, ::2] = 0
    sparse = least_squares_grid(problem, 8, wanted)
    padded = replace(
        problem,
        weights=problem.weights[:, 1::2],
        moments=problem.moments[:, 1::2, 1::2],
        matrices=problem.matrices[:, 1::2],
    )
    dense = least_squares_grid(padded, 8, padded.weights)
    assert sparse == dense
    assert sparse.nearest(np.zeros(1)) == 0


def test_zero_is_a_level_even_if_all_that_stays_is_positive():
    problem, _ = problem_of(2, inputs=30, outputs=3)
    positive = replace(problem, weights=np.abs(problem.weights) + 1)
    grid, chosen = sparse_on_best_grid(positive, 0.5, 4, None)
    assert np.count_nonzero(chosen == 0) >= 45
    assert grid.nearest(np.zeros(1)) == 0


def test_a_kernel_that_is_removed_whole():
    problem, _ = problem_of(2, inputs=20, outputs=3)
    empty = replace(problem, weights=np.zeros_like(problem.weights))
    _, chosen = sparse_on_best_grid(empty, 0.5, 4, None)
    assert (chosen == 0).all()


def test_kernels_of_few_inputs_keep_all_weights_and_all_levels():
    encoding = Encoding("uint8-gptq-s50-l4", None, Rounding.GPTQ, 4, 0.5)
    few, _ = problem_of(3, inputs=levels.FEWEST_INPUTS - 1, outputs=5)
    enough, _ = problem_of(3, inputs=levels.FEWEST_INPUTS, outputs=5)
    assert in_encoding(few, encoding, None)[0].levels == LEVELS
    assert np.count_nonzero(in_encoding(few, encoding, None)[1]) > 70
    grid, chosen = in_encoding(enough, encoding, None)
    assert grid.levels == 4
    assert np.count_nonzero(chosen == 0) >= 40


def test_without_calibration_the_smallest_go():
    kernel = np.linspace(-1, 3, 10).reshape(2, 5)
    grid, chosen = nearest_in(kernel, Encoding("uint8-gptq-s40-l5", None, Rounding.GPTQ, 5, 0.4))
    assert grid.levels == 5
    assert (chosen[np.abs(kernel) < 0.9] == 0).all()
    np.testing.assert_array_equal(grid.nearest(prune_array(kernel, 0.4)), chosen)


@pytest.mark.parametrize("exact_work", [pruning.EXACT_WORK, 0])
def test_several_sparsities_at_once_are_each_on_its_own(monkeypatch, exact_work):
    monkeypatch.setattr(pruning, "EXACT_WORK", exact_work)
    problem, _ = problem_of(4, inputs=20, outputs=4)
    for zeros, together in zip((20, 60), pruned_problems(problem, (20, 60)), strict=True):
        np.testing.assert_array_equal(together, pruned_problem(problem, zeros))
        assert np.count_nonzero(together == 0) == zeros


@pytest.mark.parametrize("exact_work", [pruning.EXACT_WORK, 0])
def test_zeros_that_were_there_stay_even_if_fewer_are_wanted(monkeypatch, exact_work):
    monkeypatch.setattr(pruning, "EXACT_WORK", exact_work)
    problem, _ = problem_of(4, inputs=20, outputs=4)
    problem.weights[:, :, ::2] = 0
    problem.weights[:, ::2] = 0
    (pruned,) = pruned_problems(problem, (20,))
    assert (pruned[problem.weights == 0] == 0).all()
    assert np.count_nonzero(pruned) == 20
    _, chosen = sparse_on_best_grid(problem, 0.25, 256, None)
    assert (chosen[problem.weights == 0] == 0).all()
