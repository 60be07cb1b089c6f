"""Counting, and what is said of an artifact as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from sizewise.domain import Pattern, TensorReport
from sizewise.measure.tensors import (
    Contents,
    Count,
    count_dense_groups,
    count_values,
    most_distinct,
    report_weights,
    wrappers_in,
)


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


def report_of(tensors, artifact_bytes, brotli_bytes=None):
    return report_weights(Contents(tensors, [], ()), artifact_bytes, brotli_bytes)


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


def test_long_arrays_of_float16_are_counted_rightly():
    generator = np.random.default_rng(0)
    few = generator.normal(size=16).astype(np.float16)
    assert count_values(few[generator.integers(0, 16, 100_000)]).distinct == 16


def test_zero_may_mean_another_level():
    values = np.array([128, 128, 0, 255], np.uint8)
    assert count_values(values, lambda levels: levels == 128) == Count(zeros=2, distinct=3)


def test_nan_is_one_value_and_no_zero():
    assert count_values(np.array([np.nan, np.nan, 0.0])) == Count(zeros=1, distinct=2)


def test_nothing_holds_nothing():
    assert count_values(np.zeros(0, np.float32)) == Count(0, 0)


def test_sparsity_is_over_all_kernels_together_and_distinct_is_the_most_of_one():
    report = report_of(
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
    report = report_of([tensor(is_kernel=False)], 100)
    assert (report.sparsity, report.distinct_values) == (None, None)


def test_a_kernel_that_cannot_be_counted_leaves_the_sparsity_open():
    report = report_of([tensor(), tensor(zeros=None)], 100)
    assert (report.sparsity, report.distinct_values) == (None, 6)


def test_bits_are_of_kernels_alone_and_the_quantized_share_is_of_all_bytes():
    report = report_of(
        [
            tensor(shape=(10, 10), size_bytes=100, quantized=True),
            tensor(shape=(10, 5), size_bytes=200),
            tensor(shape=(25,), size_bytes=100, is_kernel=False),
        ],
        500,
        brotli_bytes=75,
    )
    assert report.quantized_share == 0.25
    assert report.bits_per_weight == 8 * 300 / 150
    assert report.bits_per_weight_brotli == 8 * 75 / 150


def test_no_constants_have_no_shares_and_no_bits():
    report = report_of([], 100, brotli_bytes=1)
    assert (report.quantized_share, report.bits_per_weight) == (None, None)
    assert report.bits_per_weight_brotli is None


@pytest.mark.parametrize(("axis", "dense"), [(-1, 1), (-2, 3)])
def test_groups_with_too_many_values_are_counted_along_an_axis(axis, dense):
    is_zero = np.array([[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [1, 1, 0, 0, 0], [1, 0, 0, 0, 0]], bool)
    # Whole groups of four: each row's first four, or each of the five columns.
    assert count_dense_groups(is_zero, Pattern(2, 4), axis) == dense


def test_a_kernel_without_a_whole_group_breaks_no_pattern():
    assert count_dense_groups(np.zeros((3, 3), bool), Pattern(2, 4), -1) == 0


def test_distinct_values_of_the_richest_channel():
    stored = np.array([[1, 2, 3], [4, 4, 4], [5, 5, 6]], np.int8)
    assert most_distinct(stored, 0) == 3
    assert most_distinct(stored.T, 0) == 3
    assert most_distinct(stored[1:], 0) == 2


def test_wrappers_are_parts_of_names():
    names = [
        "model/prune_low_magnitude_conv/Conv2D",
        "model/quant_dense/MatMul;model/quant_dense/bias",
        "cluster_head",
        "model/my_cluster_head/MatMul",
        "dequantize/quant",
    ]
    assert wrappers_in(names) == ("cluster_head", "prune_low_magnitude_conv", "quant_dense")
