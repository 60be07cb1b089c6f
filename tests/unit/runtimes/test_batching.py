"""Checking, cutting and padding samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.domain import Signature, TensorSpec
from sizewise.errors import DataError
from sizewise.runtimes.batching import (
    INPUT_BYTES_PER_RUN,
    Batching,
    batching_for,
    cast,
    chunks,
    count_samples,
    first_rows,
    plan,
    run_all,
)


def test_samples_are_counted():
    assert count_samples(["a", "b"], {"b": np.zeros((3, 1)), "a": np.zeros(3)}) == 3


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"y": np.zeros(3)}, "the samples have the inputs y; the model takes x"),
        ({}, "the samples have the inputs none; the model takes x"),
        ({"x": np.zeros((0, 2))}, "there are no samples"),
        ({"x": np.float32(1.0)}, "there are no samples"),
    ],
)
def test_samples_that_do_not_fit_are_refused(inputs, message):
    with pytest.raises(DataError, match=message):
        count_samples(["x"], inputs)


def test_inputs_of_different_lengths_are_refused():
    with pytest.raises(DataError, match=r"differ in their number of samples: \[2, 3\]"):
        count_samples(["a", "b"], {"a": np.zeros(2), "b": np.zeros(3)})


def test_a_dynamic_batch_takes_the_size_that_is_asked_for():
    assert plan([(None, 4), None], {"x": np.zeros((9, 4))}, 100) == Batching(100, padded=False)


def test_a_fixed_batch_decides():
    assert plan([(8, 4), (None,)], {"x": np.zeros((9, 4))}, 100) == Batching(8, padded=True)


def test_large_inputs_make_small_batches():
    sample = np.zeros((1, INPUT_BYTES_PER_RUN // 4 // 3), np.float32)
    large = np.broadcast_to(sample, (50, sample.shape[1]))
    assert plan([(None, None)], {"x": large}, 100) == Batching(3, padded=False)
    huge = np.broadcast_to(np.zeros((1, INPUT_BYTES_PER_RUN), np.float32), (5, INPUT_BYTES_PER_RUN))
    assert plan([(None, None)], {"x": huge}, 100) == Batching(1, padded=False)


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([(2, 3), (4, 3)], r"different fixed batch sizes: \[2, 4\]"),
        ([(None, 3), ()], "an input of the model is a scalar"),
    ],
)
def test_models_without_one_batch_are_refused(shapes, message):
    with pytest.raises(DataError, match=message):
        plan(shapes, {"x": np.zeros((9, 3))}, 100)


@given(count=st.integers(1, 40), rows=st.integers(1, 12), padded=st.booleans())
def test_every_sample_goes_through_once_and_in_order(count, rows, padded):
    sizes = []

    def double(inputs):
        sizes.append(len(inputs["x"]))
        return {"y": inputs["x"] * 2, "z": inputs["x"][:, :1]}

    x = np.arange(count * 2).reshape(count, 2)
    outputs = run_all(double, {"x": x}, Batching(rows, padded))
    np.testing.assert_array_equal(outputs["y"], x * 2)
    np.testing.assert_array_equal(outputs["z"], x[:, :1])
    assert len(sizes) == -(-count // rows)
    assert max(sizes) <= rows
    assert sum(sizes) == (len(sizes) * rows if padded else count)


def test_padding_repeats_the_last_sample():
    ((_, first), (part, kept)) = chunks({"x": np.arange(5)}, Batching(3, padded=True))
    assert first == 3
    assert kept == 2
    np.testing.assert_array_equal(part["x"], [3, 4, 4])


def test_latency_is_taken_on_one_sample_or_one_fixed_batch():
    inputs = {"x": np.arange(5)}
    np.testing.assert_array_equal(first_rows(inputs, Batching(3, padded=False))["x"], [0])
    np.testing.assert_array_equal(first_rows(inputs, Batching(3, padded=True))["x"], [0, 0, 0])


@pytest.mark.parametrize("output", [np.zeros(()), np.zeros((3, 2)), np.zeros((1, 4))])
def test_outputs_that_are_not_per_sample_are_refused(output):
    with pytest.raises(DataError, match=r"'y' has the shape .* its first axis is not the"):
        run_all(lambda _: {"y": output}, {"x": np.zeros((4, 2))}, Batching(4, padded=False))


def test_outputs_that_change_their_shape_are_refused():
    widths = iter([1, 2])
    with pytest.raises(DataError, match="an output's shape changes from sample to sample"):
        run_all(
            lambda part: {"y": np.zeros((len(part["x"]), next(widths)))},
            {"x": np.zeros((4, 2))},
            Batching(2, padded=False),
        )


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.array([1.5, 2.5]), "float32"),
        (np.array([1, 2], np.int64), "float32"),
        (np.array([1, 2], np.int64), "int32"),
        (np.array([1, 255], np.int64), "uint8"),
        (np.array([1, 2], np.uint8), "int32"),
        (np.array([True, False]), "bool"),
        (np.array([True, False]), "float32"),
    ],
)
def test_values_are_kept_by_a_cast(array, dtype):
    result = cast(array, dtype, "x")
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, array)


@pytest.mark.parametrize("array", [np.array(["a", "ü"]), np.array([b"a", "ü".encode()], object)])
def test_text_stays_text(array):
    assert cast(array, "string", "x").dtype == object


@pytest.mark.parametrize(
    ("array", "dtype", "message"),
    [
        (np.array([0.5]), "int32", "the input 'x' takes int32, the samples are float64"),
        (np.array([1]), "bool", "takes bool, the samples are int64"),
        (np.array(["1"]), "float32", "takes float32, the samples are <U1"),
        (np.array([1.0]), "string", "takes string, the samples are float64"),
        (np.array([0, 2**31]), "int32", "reach from 0 to 2147483648"),
        (np.array([-1, 0]), "uint8", "reach from -1 to 0"),
    ],
)
def test_casts_that_would_change_values_are_refused(array, dtype, message):
    with pytest.raises(DataError, match=message):
        cast(array, dtype, "x")


@pytest.mark.parametrize(
    ("batch", "expected"), [(None, Batching(5, False)), (4, Batching(4, True))]
)
def test_a_signature_says_how_samples_go_through_its_model(batch, expected):
    signature = Signature("s", (TensorSpec("x", "x:0", "float32", (batch, 2)),), ())
    assert batching_for(signature, {"x": np.zeros((9, 2))}, 5) == expected
    with pytest.raises(DataError, match="the model takes x"):
        batching_for(signature, {"z": np.zeros((9, 2))}, 5)
