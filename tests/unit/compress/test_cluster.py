import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sizewise.compress import cluster_array

WEIGHTS = hnp.arrays(
    st.sampled_from([np.float16, np.float32, np.float64]),
    hnp.array_shapes(min_dims=2, max_dims=4, max_side=6),
    elements=st.floats(-8, 8, width=16),
)


def squared_error(weights, clustered):
    return ((clustered.astype(float) - weights.astype(float)) ** 2).sum()


def least_error(values, clusters):
    """The definition: the best of all ways to cut the sorted values into runs."""
    values = np.sort(values)
    places = range(1, len(values))
    return min(
        sum(((run - run.mean()) ** 2).sum() for run in np.split(values, cuts))
        for count in range(min(clusters, len(values)))
        for cuts in itertools.combinations(places, count)
    )


@given(WEIGHTS, st.integers(2, 20))
def test_values_are_few_and_zeros_stay(weights, clusters):
    before = weights.copy()
    clustered = cluster_array(weights, clusters)
    np.testing.assert_array_equal(weights, before)
    assert clustered.dtype == weights.dtype
    assert clustered.shape == weights.shape
    assert np.unique(clustered).size <= clusters
    assert (clustered[weights == 0] == 0).all()
    np.testing.assert_array_equal(cluster_array(weights, clusters), clustered)


@given(WEIGHTS, st.integers(2, 20))
def test_few_enough_values_stay_as_they_are(weights, clusters):
    few = cluster_array(weights, clusters)
    np.testing.assert_array_equal(cluster_array(few, clusters), few)


@settings(deadline=None)
@given(st.lists(st.floats(0.5, 8, width=16), min_size=1, max_size=9), st.integers(2, 4))
def test_the_error_is_the_least_possible(values, clusters):
    weights = np.array([values])
    error = squared_error(weights, cluster_array(weights, clusters))
    assert error == pytest.approx(least_error(weights.ravel(), clusters), abs=1e-9)


@pytest.mark.parametrize("clusters", [16, 64])
def test_many_values_are_clustered_as_well_as_theory_allows(clusters):
    weights = np.random.default_rng(0).normal(size=(300, 400)).astype(np.float32)
    error = squared_error(weights, cluster_array(weights, clusters)) / weights.size
    # Panter and Dite, "Quantization distortion in pulse-count modulation" (1951).
    theory = np.sqrt(3) * np.pi / 2 / clusters**2
    assert 0.8 * theory < error < 1.02 * theory


def test_far_outliers_get_values_of_their_own():
    weights = np.random.default_rng(0).normal(size=(100, 100))
    weights[0, 0], weights[0, 1] = 1000, -1000
    clustered = cluster_array(weights, 16)
    assert clustered[0, 0] == 1000
    assert clustered[0, 1] == -1000


def test_a_large_kernel_takes_a_moment():
    weights = np.random.default_rng(0).normal(size=(1280, 1000)).astype(np.float32)
    start = time.process_time()
    cluster_array(weights, 32)
    assert time.process_time() - start < 2


def test_one_value_and_zero():
    weights = np.array([[0.0, 1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(cluster_array(weights, 2), [[0, 2, 2, 2]])
