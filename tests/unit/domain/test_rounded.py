"""Levels mean what TensorFlow.js reads, and encodings say whether they have any."""

import numpy as np
import pytest

from sizewise.domain import Encoding, RoundedWeight, Rounding


def test_values_are_computed_in_float64_and_rounded_once():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    weight = RoundedWeight(levels, 0.1, -25 * 0.1)
    assert weight.values.dtype == np.float32
    # As JavaScript does it, number by number.
    expected = [np.float32(int(level) * 0.1 + -25 * 0.1) for level in levels.ravel()]
    np.testing.assert_array_equal(weight.values.ravel(), expected)
    assert weight.values.ravel()[25] == 0


@pytest.mark.parametrize(
    ("encoding", "storage", "is_rounded"),
    [
        (Encoding("uint8"), "uint8", False),
        (Encoding("uint8-l64", levels=64), "uint8", True),
        (Encoding("uint8-gptq", rounding=Rounding.GPTQ), "uint8", True),
        (Encoding("int8-gptq", rounding=Rounding.GPTQ), "int8", True),
        (Encoding("my-mix", {"uint8": ("*",)}), "my-mix", False),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_an_encoding_tells_its_storage(encoding, storage, is_rounded):
    assert encoding.storage == storage
    assert encoding.is_rounded == is_rounded
