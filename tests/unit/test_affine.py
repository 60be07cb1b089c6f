"""The arithmetic of integers that stand for real numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sizewise.affine import dequantize, quantize


def test_halves_go_away_from_zero_and_the_ends_saturate():
    values = np.array([0.25, -0.25, 0.75, 1e9, -1e9])
    result = quantize(values, np.dtype("int8"), 0.5, 0)
    assert result.dtype == np.int8
    np.testing.assert_array_equal(result, [1, -1, 2, 127, -128])


@given(
    value=st.floats(-1, 1, width=32),
    zero_point=st.integers(-20, 20),
    dtype=st.sampled_from(["int8", "int16"]),
)
def test_the_way_there_and_back_loses_half_a_step(value, zero_point, dtype):
    scale = 1 / 100
    there = quantize(np.array([value]), np.dtype(dtype), scale, zero_point)
    back = dequantize(there, scale, zero_point)
    assert back.dtype == np.float32
    assert abs(float(back[0]) - value) <= scale / 2 * 1.001


def test_the_zero_point_is_exactly_zero():
    assert quantize(np.zeros(1), np.dtype("int8"), 0.1, -9)[0] == -9
    assert dequantize(np.array([-9], np.int8), 0.1, -9)[0] == 0.0
