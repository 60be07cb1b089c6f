"""Grids: zero is exact, and the error least."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.compress.obs.grid import Grid, best_grid, symmetric_scales, whole_grid


def values(seed=0, size=400):
    return np.random.default_rng(seed).normal(size=size).astype(np.float32)


@given(st.integers(0, 1000), st.integers(2, 256))
def test_zero_is_exact_and_levels_are_in_range(seed, levels):
    w = values(seed, 50)
    for grid in (whole_grid(w, levels), best_grid(w, np.ones(w.shape), levels)):
        assert grid.nearest(np.zeros(1)) == 0.0
        codes = grid.codes(w)
        assert codes.dtype == np.uint8
        assert codes.max() < levels
        np.testing.assert_array_equal(codes * grid.scale + grid.minimum, grid.nearest(w))


def test_the_whole_grid_is_off_by_less_than_a_level():
    w = values()
    grid = whole_grid(w, 64)
    assert np.abs(grid.nearest(w) - w).max() <= grid.scale


@pytest.mark.parametrize("levels", [4, 16, 64, 256])
def test_the_best_grid_is_no_worse_than_the_whole_one(levels):
    w = values()
    importance = np.random.default_rng(1).uniform(0, 1, w.shape)

    def error(grid):
        return importance @ (grid.nearest(w) - w) ** 2

    best, whole = best_grid(w, importance, levels), whole_grid(w, levels)
    assert error(best) <= error(whole)
    if levels <= 16:
        assert error(best) < 0.9 * error(whole)


def test_an_outlier_that_does_not_matter_is_cut_off():
    w = np.append(np.linspace(-1, 1, 100), 2.4)
    importance = np.append(np.ones(100), 0.0)
    grid = best_grid(w, importance, 16)
    assert grid.scale < whole_grid(w, 16).scale * 0.9


@pytest.mark.parametrize("sign", [1, -1])
def test_values_on_one_side_of_zero_keep_their_range(sign):
    w = sign * np.linspace(3, 4, 11)
    grid = best_grid(w, np.ones(11), 11)
    np.testing.assert_allclose(grid.nearest(w), w)


def test_a_constant_is_kept():
    for grid in (whole_grid(np.full(3, 0.3)), best_grid(np.full(3, 0.3), np.ones(3))):
        assert grid == Grid(1.0, 0.3, 256)
        assert grid.codes(np.full(3, 0.3)).tolist() == [0, 0, 0]


def test_symmetric_scales_are_those_of_tflite():
    w = np.array([[1.0, 0.0], [-2.54, 0.0]])
    np.testing.assert_allclose(symmetric_scales(w), [0.02, 1.0])
