import numpy as np
import pytest

from sizewise.domain import Signature, TensorSpec
from sizewise.run.probes import ROWS, SIZES, made_up


def probes(*specs):
    return list(made_up(Signature("serve", specs, ())))


def spec(dtype, shape):
    return TensorSpec("x", "x:0", dtype, shape)


def test_samples_are_several_unless_the_batch_is_fixed():
    assert probes(spec("float32", (None, 3)))[0].inputs["x"].shape == (ROWS, 3)
    assert probes(spec("float32", (7, 3)))[0].inputs["x"].shape == (7, 3)
    assert probes(spec("float32", ()))[0].inputs["x"].shape == ()


def test_other_open_dimensions_are_tried_in_turn():
    shapes = [each.inputs["x"].shape for each in probes(spec("float32", (None, None, 3)))]
    assert shapes == [(ROWS, size, 3) for size in SIZES] * 2
    assert probes(spec("float32", None))[0].inputs["x"].shape == (ROWS, SIZES[0])


@pytest.mark.parametrize(
    ("dtype", "low", "high"), [("int32", 0, 1), ("int64", 0, 1), ("uint8", 0, 255), ("bool", 0, 1)]
)
def test_integers_are_small_and_bytes_are_not(dtype, low, high):
    values = probes(spec(dtype, (None, 500)))[0].inputs["x"]
    assert values.dtype == dtype
    assert (values.min(), values.max()) == (low, high)


def test_real_numbers_are_normal_then_positive():
    first, second = probes(spec("float16", (None, 500)))
    assert first.inputs["x"].dtype == np.float16
    assert first.inputs["x"].min() < -1
    assert 0 <= second.inputs["x"].min() < second.inputs["x"].max() < 1


def test_text_is_words():
    values = probes(spec("string", (None, 2)))[0].inputs["x"]
    assert all(isinstance(word, str) for word in values.ravel())


def test_they_are_the_same_every_time():
    for one, other in zip(*(probes(spec("float32", (None, 3))) for _ in range(2)), strict=True):
        assert np.array_equal(one.inputs["x"], other.inputs["x"])
