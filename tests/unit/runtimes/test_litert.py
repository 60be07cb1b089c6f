"""What LiteRT's messages mean, and the arithmetic of integer inputs and outputs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.errors import RuntimeCrashError, UnsupportedOpError
from sizewise.runtimes.litert import dequantize, error_for, quantize


@pytest.mark.parametrize(
    ("message", "op"),
    [
        (
            "Encountered unresolved custom op: MyOp.\nSee … Node number 0 (MyOp) failed to …",
            "MyOp",
        ),
        (
            "Select TensorFlow op(s) … not supported … Node number 0 (FlexErf) failed to prepare.",
            "FlexErf",
        ),
        ("Didn't find op for builtin opcode 'CONV_2D' version '9'.", "CONV_2D"),
    ],
)
def test_a_missing_op_is_named(message, op):
    error = error_for(message)
    assert isinstance(error, UnsupportedOpError)
    assert error.message == f"LiteRT has no {op}"


def test_everything_else_is_a_crash():
    error = error_for("input->dims->size != 4 (3 != 4)Node number 0 (CONV_2D) failed to prepare.")
    assert isinstance(error, RuntimeCrashError)
    assert "CONV_2D" in error.message


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
