import numpy as np
import pytest

from sizewise.domain import DataSource, ModelSpec, Signature, Source, SourceKind, TensorSpec
from sizewise.errors import DataError
from sizewise.models import load_data

OUT = (TensorSpec("out", "o:0", "float32", (None, 3)),)
SEVERAL = Signature(
    "s",
    (
        TensorSpec("image", "i:0", "float32", (None, 4, None, 3)),
        TensorSpec("ids", "d:0", "int32", (1, 9)),
        TensorSpec("flag", "f:0", "bool", (None,)),
    ),
    OUT,
)


def load(signature, **named):
    source = Source(SourceKind.KERAS, "m.keras")
    return load_data(ModelSpec("m", source, DataSource("", **named), None, None), signature)


def test_inputs_are_drawn_by_their_types_and_the_record_will_say_so():
    data = load(SEVERAL)
    image, ids, flag = (data.judge.inputs[name] for name in ("image", "ids", "flag"))
    assert (image.shape, image.dtype) == ((100, 4, 1, 3), np.float32)
    assert abs(image.mean()) < 0.1
    assert image.std() == pytest.approx(1, abs=0.1)
    assert (ids.shape, ids.dtype) == ((100, 9), np.int32)
    assert (ids.min(), ids.max()) == (0, 7)
    assert (flag.shape, flag.dtype) == ((100,), np.bool_)
    assert data.judge.labels is None
    (note,) = data.notes
    assert note.startswith("judged on seeded noise: 100 samples, normal with mean 0")


def test_other_noise_calibrates():
    data = load(SEVERAL)
    assert not data.shared
    assert data.made_up
    assert len(data.calibrate) == 100
    assert not np.array_equal(data.calibrate.inputs["image"], data.judge.inputs["image"])


def test_noise_is_seeded_and_as_much_as_the_limit_says():
    one, again, other = (load(SEVERAL, limit=7, seed=seed) for seed in (1, 1, 2))
    assert len(one.judge) == 7
    assert "7 samples" in one.notes[0]
    assert np.array_equal(one.judge.inputs["image"], again.judge.inputs["image"])
    assert not np.array_equal(one.judge.inputs["image"], other.judge.inputs["image"])


@pytest.mark.parametrize(
    ("dtype", "shape", "message"),
    [("string", (None,), "is text"), ("float32", None, "has no known rank")],
)
def test_inputs_that_noise_cannot_be_made_for(dtype, shape, message):
    with pytest.raises(DataError, match=f"the model's input x {message}") as caught:
        load(Signature("s", (TensorSpec("x", "x:0", dtype, shape),), OUT))
    assert caught.value.advice == "give the model data"
