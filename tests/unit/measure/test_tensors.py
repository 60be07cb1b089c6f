"""Counting, and what is said of an artifact as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from sizewise.domain import TensorReport
from sizewise.measure.tensors import Count, count_values, report_weights


def tensor(**changes):
    fields = {
        "name": "w",
        "dtype": "float32",
        "shape": (2, 3),
        "size_bytes": 24,
        "quantized": False,
        "is_kernel": True,
        "zeros": 0,
        "distinct": 6,
    }
    return TensorReport(**(fields | changes))


@pytest.mark.parametrize(
    "values",
    [
        np.array([0.0, -0.0, 1.5, 1.5, -2.0], np.float32),
        np.array([0.0, -0.0, 1.5, 1.5, -2.0], np.float16),
        np.array([0, 0, 7, 7, 9], np.uint8),
        np.array([0, 0, -7, -7, 9], np.int64),
    ],
)
def test_zeros_and_distinct_values_of_any_type(values):
    assert count_values(values) == Count(zeros=2, distinct=3)


def test_zero_may_mean_another_level():
    values = np.array([128, 128, 0, 255], np.uint8)
    assert count_values(values, lambda levels: levels == 128) == Count(zeros=2, distinct=3)


def test_nan_is_one_value_and_no_zero():
    assert count_values(np.array([np.nan, np.nan, 0.0])) == Count(zeros=1, distinct=2)


def test_nothing_holds_nothing():
    assert count_values(np.zeros(0, np.float32)) == Count(0, 0)


def test_sparsity_is_over_all_kernels_together_and_distinct_is_the_most_of_one():
    report = report_weights(
        [
            tensor(shape=(2, 3), zeros=3, distinct=4),
            tensor(shape=(10, 10), size_bytes=100, zeros=50, distinct=16),
            tensor(shape=(7,), size_bytes=28, is_kernel=False, zeros=7, distinct=99),
        ],
        artifact_bytes=1000,
    )
    assert report.weight_bytes == 152
    assert report.overhead_bytes == 848
    assert report.sparsity == 53 / 106
    assert report.distinct_values == 16
    assert report.tensors[1].elements == 100


def test_no_kernel_means_no_sparsity():
    report = report_weights([tensor(is_kernel=False)], 100)
    assert (report.sparsity, report.distinct_values) == (None, None)


def test_a_kernel_that_cannot_be_counted_leaves_the_sparsity_open():
    report = report_weights([tensor(), tensor(zeros=None)], 100)
    assert (report.sparsity, report.distinct_values) == (None, 6)
