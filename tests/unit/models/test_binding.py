import numpy as np
import pytest

from sizewise.domain import Signature, TensorSpec
from sizewise.errors import DataError
from sizewise.models.arrays import NamedArrays
from sizewise.models.binding import bind_inputs, fit

IMAGE = TensorSpec("image", "image:0", "float32", (None, 4, 3))
OUTPUT = TensorSpec("digit", "Identity:0", "float32", (None, 10))
ONE_INPUT = Signature("serving_default", (IMAGE,), (OUTPUT,))
TWO_INPUTS = Signature(
    "serving_default",
    (TensorSpec("left", "left:0", "float32", (None, 2)), TensorSpec("y", "y:0", "int32", (None,))),
    (OUTPUT,),
)


def named(**arrays):
    return NamedArrays("samples.npz", arrays)


def test_the_only_input_takes_x_or_its_own_name():
    images = np.ones((5, 4, 3), np.float32)
    for name in ("x", "image"):
        bound = bind_inputs(named(**{name: images}), ONE_INPUT)
        assert list(bound) == ["image"]
        assert bound["image"] is images


def test_an_input_called_like_the_labels_takes_x():
    signature = Signature("s", (TensorSpec("y", "y:0", "float32", (None, 2)),), (OUTPUT,))
    bound = bind_inputs(named(x=np.ones((2, 2), np.float32), y=np.zeros((2, 2))), signature)
    assert bound["y"].sum() == 4


def test_several_inputs_are_bound_by_name():
    left = TensorSpec("left", "a:0", "float32", (None, 2))
    right = TensorSpec("right", "b:0", "float32", (None, 2))
    signature = Signature("s", (left, right), (OUTPUT,))
    data = named(right=np.full((3, 2), 2.0), left=np.full((3, 2), 1.0), other=np.zeros(9))
    bound = bind_inputs(data, signature)
    assert bound["left"].max() == 1
    assert bound["right"].min() == 2
    with pytest.raises(DataError, match="has no array 'right'; the model's inputs are left, right"):
        bind_inputs(named(left=np.ones((3, 2))), signature)
    with pytest.raises(DataError, match="differ in their number of samples: left 3, right 4"):
        bind_inputs(named(left=np.ones((3, 2)), right=np.ones((4, 2))), signature)


def test_the_labels_name_is_no_input_of_several():
    with pytest.raises(DataError, match="the model has an input called y"):
        bind_inputs(named(left=np.ones((3, 2)), y=np.ones(3)), TWO_INPUTS)


def test_calibration_arrays_have_a_suffix():
    data = named(x=np.ones((9, 4, 3)), x_calibrate=np.zeros((2, 4, 3)))
    assert len(bind_inputs(data, ONE_INPUT, "_calibrate")["image"]) == 2


def test_a_missing_array_is_named_with_what_there_is():
    with pytest.raises(DataError, match=r"samples.npz has no array 'x'; known: images, labels"):
        bind_inputs(named(images=np.ones(3), labels=np.ones(3)), ONE_INPUT)
    with pytest.raises(DataError, match="it is empty"):
        bind_inputs(named(), ONE_INPUT)


@pytest.mark.parametrize(
    ("shape", "advice"),
    [
        ((7, 4, 3, 1), "store x.reshape([-1, 4, 3])"),
        ((7, 12), "store x.reshape([-1, 4, 3])"),
        ((7, 4, 2), "the first axis is the samples, the others have to be the model's"),
        ((7,), "the first axis is the samples, the others have to be the model's"),
    ],
)
def test_a_shape_that_does_not_fit(shape, advice):
    with pytest.raises(DataError) as caught:
        fit("x", np.zeros(shape, np.float32), IMAGE)
    expected = f"x is {list(shape)}, the model's input image takes [None, 4, 3]; {advice}"
    assert str(caught.value) == expected


def test_dynamic_sizes_and_unknown_ranks_take_any_size():
    array = np.zeros((5, 40, 3), np.float32)
    assert fit("x", array, TensorSpec("i", "i:0", "float32", (None, None, 3))) is array
    assert fit("x", array, TensorSpec("i", "i:0", "float32", None)) is array
    # A signature for two samples at once is run in batches of two.
    assert fit("x", array, TensorSpec("i", "i:0", "float32", (2, 40, 3))) is array


def test_an_input_without_a_sample_axis_is_refused():
    with pytest.raises(DataError, match="is a single value"):
        fit("x", np.zeros(3, np.float32), TensorSpec("t", "t:0", "float32", ()))


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        ("float64", "float32"),
        ("float32", "float16"),
        ("uint8", "float32"),
        ("int64", "int32"),
        ("bool", "uint8"),
        ("<U3", "string"),
        ("|S3", "string"),
    ],
)
def test_types_that_are_turned_into_the_models(stored, wanted):
    array = np.array(["0", "1"]).astype(stored) if stored[1] in "US" else np.eye(2).astype(stored)
    spec = TensorSpec("i", "i:0", wanted, (None,) * array.ndim)
    result = fit("x", array, spec)
    assert result.dtype == (array.dtype if wanted == "string" else wanted)
    np.testing.assert_array_equal(result, array)


@pytest.mark.parametrize(
    ("array", "wanted"),
    [
        (np.array([1.0]), "int32"),
        (np.array([2**40]), "int32"),
        (np.array([-1]), "uint8"),
        (np.array([1j]), "float32"),
        (np.array([1.0]), "string"),
        (np.array(["a"]), "float32"),
        (np.array([1.0]), "no_such_type"),
        (np.array([1.0]), "bool"),
    ],
)
def test_types_that_are_refused(array, wanted):
    with pytest.raises(DataError) as caught:
        fit("x", array, TensorSpec("i", "i:0", wanted, (None,)))
    assert str(caught.value) == (
        f"x is {array.dtype}, the model's input i takes {wanted}; store it as {wanted}"
    )


def test_a_float_beyond_the_models_range_is_refused():
    with pytest.raises(DataError, match="beyond the range of float16"):
        fit("x", np.array([1e6]), TensorSpec("i", "i:0", "float16", (None,)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused_with_the_sample(value):
    array = np.zeros((5, 4, 3), np.float32)
    array[3, 1, 2] = value
    with pytest.raises(DataError, match="x holds NaN or infinity, first in sample 3"):
        fit("x", array, IMAGE)


def test_no_samples_and_no_inputs_are_refused():
    with pytest.raises(DataError, match="x has no samples"):
        fit("x", np.zeros((0, 4, 3), np.float32), IMAGE)
    with pytest.raises(DataError, match="takes no inputs"):
        bind_inputs(named(x=np.ones(3)), Signature("s", (), (OUTPUT,)))
