"""Arrays to TensorFlow.js's tensors and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.errors import DataError
from sizewise.runtimes.node.tensors import decode, encode, held_as


@pytest.mark.parametrize(
    ("dtype", "held"),
    [
        ("float64", "float32"),
        ("float16", "float32"),
        ("bfloat16", "float32"),
        ("int64", "int32"),
        ("uint8", "int32"),
        ("bool", "bool"),
        ("string", "string"),
        ("complex64", "complex64"),
    ],
)
def test_types_become_what_tensorflow_js_holds(dtype, held):
    assert held_as(dtype) == held


def test_a_type_without_room_is_refused():
    with pytest.raises(DataError, match="no type for complex128"):
        held_as("complex128")


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.arange(6, dtype=np.float32).reshape(2, 3), "float32"),
        (np.arange(6, dtype=np.float64)[::2], "float64"),
        (np.array([[-1], [2**31 - 1]], np.int64), "int64"),
        (np.array([[True, False]]), "bool"),
        (np.zeros((0, 3), np.float32), "float32"),
    ],
)
def test_arrays_come_back(array, dtype):
    spec, data = encode(array, dtype, "x")
    assert spec["bytes"] == len(data)
    assert spec["shape"] == list(array.shape)
    back = decode(spec, memoryview(data))
    assert back.dtype == held_as(dtype)
    np.testing.assert_array_equal(back, array)


def test_numbers_beyond_int32_are_refused():
    with pytest.raises(DataError, match="held as int32"):
        encode(np.array([2**31]), "int64", "x")


@given(texts=st.lists(st.text(max_size=8) | st.binary(max_size=8), min_size=1, max_size=6))
def test_strings_come_back_as_bytes(texts):
    array = np.empty((len(texts), 1), object)
    array[:, 0] = texts
    spec, data = encode(array, "string", "x")
    back = decode(spec, memoryview(data))
    assert back.shape == array.shape
    wanted = [text if isinstance(text, bytes) else text.encode() for text in texts]
    assert list(back[:, 0]) == wanted
