import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sizewise.compress import prune_array, prune_to_pattern
from sizewise.compress.prune import dense_groups, zeros_wanted
from sizewise.domain import Pattern

WEIGHTS = hnp.arrays(
    st.sampled_from([np.float16, np.float32, np.float64]),
    hnp.array_shapes(min_dims=2, max_dims=4, max_side=6),
    elements=st.floats(-8, 8, width=16),
)
SPARSITIES = st.integers(1, 99).map(lambda percent: percent / 100)


def smallest_first(weights, count):
    """The definition, by a full stable sort."""
    expected = weights.copy().ravel()
    expected[np.argsort(np.abs(expected), kind="stable")[:count]] = 0
    return expected.reshape(weights.shape)


@given(WEIGHTS, SPARSITIES)
def test_the_smallest_become_zero_and_the_first_of_equals_first(weights, sparsity):
    pruned = prune_array(weights, sparsity)
    assert pruned.dtype == weights.dtype
    count = zeros_wanted(weights.size, sparsity)
    np.testing.assert_array_equal(pruned, smallest_first(weights, count))


@given(WEIGHTS, SPARSITIES)
def test_zeros_are_as_many_as_were_asked_for(weights, sparsity):
    weights[weights == 0] = 1
    zeros = np.count_nonzero(prune_array(weights, sparsity) == 0)
    assert zeros == zeros_wanted(weights.size, sparsity)


@given(WEIGHTS, SPARSITIES)
def test_pruning_twice_is_pruning_once_and_the_argument_stays(weights, sparsity):
    before = weights.copy()
    once = prune_array(weights, sparsity)
    np.testing.assert_array_equal(weights, before)
    np.testing.assert_array_equal(prune_array(once, sparsity), once)


def test_ties_go_in_memory_order():
    pruned = prune_array(np.array([[2.0, -1.0], [1.0, -1.0]]), 0.5)
    np.testing.assert_array_equal(pruned, [[2, 0], [0, -1]])


def test_nan_is_kept():
    pruned = prune_array(np.array([[np.nan, 0.5], [2.0, 1.0]]), 0.5)
    np.testing.assert_array_equal(pruned, [[np.nan, 0], [2, 0]])


@pytest.mark.parametrize(
    ("size", "sparsity", "zeros"),
    [(100, 0.29, 29), (10, 0.7, 7), (9, 0.5, 4), (1, 0.99, 0), (1000, 0.001, 1), (0, 0.5, 0)],
)
def test_shares_are_counted_in_decimal_and_rounded_down(size, sparsity, zeros):
    assert zeros_wanted(size, sparsity) == zeros


PATTERNS = st.sampled_from([Pattern(1, 2), Pattern(2, 4), Pattern(1, 4), Pattern(3, 5)])


@given(WEIGHTS, PATTERNS, st.sampled_from([-1, -2]))
def test_each_group_keeps_its_largest(weights, pattern, axis):
    weights[weights == 0] = 1
    pruned = prune_to_pattern(weights, pattern, axis)
    assert pruned.dtype == weights.dtype
    rows, before = np.moveaxis(pruned, axis, -1), np.moveaxis(weights, axis, -1)
    for start in range(0, rows.shape[-1], pattern.group):
        group, original = rows[..., start:][..., : pattern.group], before[..., start:]
        size = group.shape[-1]
        kept = math.ceil(size * pattern.kept / pattern.group)
        assert (np.count_nonzero(group, axis=-1) == kept).all()
        largest = np.sort(np.abs(original[..., :size]), axis=-1)[..., size - kept :]
        np.testing.assert_array_equal(np.sort(np.abs(group), axis=-1)[..., size - kept :], largest)
    assert (rows[rows != 0] == before[rows != 0]).all()
    assert dense_groups(pruned, pattern, axis) == 0


def test_a_pattern_runs_along_the_axis_that_is_told():
    weights = np.array([[1.0, 4.0], [2.0, 3.0], [3.0, 2.0], [4.0, 1.0]])
    by_inputs = prune_to_pattern(weights, Pattern(2, 4), -2)
    np.testing.assert_array_equal(by_inputs, [[0, 4], [0, 3], [3, 0], [4, 0]])
    assert dense_groups(weights, Pattern(2, 4), -2) == 2
    assert dense_groups(weights, Pattern(1, 2), -1) == 4
