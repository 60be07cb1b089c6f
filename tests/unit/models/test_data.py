import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.domain import (
    DataKind,
    DataSource,
    Limit,
    Location,
    ModelSpec,
    Samples,
    Signature,
    Source,
    SourceKind,
    TensorSpec,
)
from sizewise.errors import DataError
from sizewise.models import load_data
from sizewise.models.drawing import draw
from sizewise.models.overlap import count_common
from sizewise.models.reading import READERS

SIGNATURE = Signature(
    "serving_default",
    (TensorSpec("image", "image:0", "float32", (None, 2)),),
    (TensorSpec("digit", "Identity:0", "float32", (None, 10)),),
)


@pytest.fixture
def spec(tmp_path):
    def make(limit=None, seed=0, location=None, **arrays):
        path = tmp_path / "samples.npz"
        np.savez(path, **arrays)
        at = Location(tmp_path / "suite.yaml", 5)
        data = DataSource(location or str(path), limit, seed, at)
        return ModelSpec("m", Source(SourceKind.KERAS, "m.keras"), data, "accuracy", Limit(0.01))

    return make


def numbered(count):
    """Samples that can be told apart, and labels that go with them."""
    return {"x": np.stack([np.arange(count)] * 2, axis=1), "y": np.arange(count) % 10}


def test_all_samples_in_their_order(spec):
    data = load_data(spec(**numbered(250)), SIGNATURE)
    assert data.judge.inputs["image"].dtype == np.float32
    assert data.judge.inputs["image"][:, 0].tolist() == list(range(250))
    assert data.judge.labels.tolist() == [number % 10 for number in range(250)]
    assert data.shared
    assert len(data.calibrate) == 100
    assert data.calibrate.labels is None


def test_a_limit_draws_samples_with_their_labels_and_keeps_the_order(spec):
    data = load_data(spec(limit=50, seed=7, **numbered(250)), SIGNATURE)
    numbers = data.judge.inputs["image"][:, 0].astype(int).tolist()
    assert len(numbers) == 50
    assert numbers == sorted(set(numbers))
    assert numbers != list(range(50))
    assert data.judge.labels.tolist() == [number % 10 for number in numbers]
    again = load_data(spec(limit=50, seed=7, **numbered(250)), SIGNATURE)
    assert again.judge.labels.tolist() == data.judge.labels.tolist()
    other = load_data(spec(limit=50, seed=8, **numbered(250)), SIGNATURE)
    assert other.judge.inputs["image"][:, 0].astype(int).tolist() != numbers


def test_what_a_limit_leaves_over_calibrates(spec):
    data = load_data(spec(limit=150, **numbered(250)), SIGNATURE)
    judged = set(data.judge.inputs["image"][:, 0])
    assert len(data.calibrate) == 100
    assert judged.isdisjoint(data.calibrate.inputs["image"][:, 0])
    assert not data.shared


def test_too_few_left_over_are_no_calibration(spec):
    data = load_data(spec(limit=151, **numbered(250)), SIGNATURE)
    judged = set(data.judge.inputs["image"][:, 0])
    assert judged.issuperset(data.calibrate.inputs["image"][:, 0])
    assert data.shared


def test_fewer_samples_than_asked_for_are_all_there_are(spec):
    data = load_data(spec(limit=500, **numbered(30)), SIGNATURE)
    assert len(data.judge) == len(data.calibrate) == 30
    assert data.shared


def test_own_calibration_samples_are_used_whole(spec):
    own = np.full((170, 2), -1.0)
    data = load_data(spec(x_calibrate=own, **numbered(30)), SIGNATURE)
    assert len(data.calibrate) == 170
    assert data.calibrate.inputs["image"].max() == -1
    assert not data.shared


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.ones((3, 2))}, "samples.npz has no array 'y', which accuracy needs"),
        ({"x": np.ones((3, 2)), "y": np.ones(2)}, "y has 2 labels for 3 samples"),
        ({"x": np.ones((3, 2)), "y": np.ones(0)}, "y has no labels"),
        ({"y": np.ones(3)}, "samples.npz has no array 'x'"),
        ({"x": np.ones((3, 3)), "y": np.ones(3)}, "x is [3, 3], the model's input image takes"),
    ],
)
def test_mistakes_name_the_line_of_the_suite(spec, arrays, message):
    with pytest.raises(DataError) as caught:
        load_data(spec(**arrays), SIGNATURE)
    assert caught.value.message.startswith(message)
    assert caught.value.where.endswith("suite.yaml:5")


def test_unknown_zoo_data(spec):
    with pytest.raises(DataError, match="did you mean 'digits-cnn'"):
        load_data(spec(location="zoo:digit-cnn"), SIGNATURE)


@given(count=st.integers(1, 300), size=st.integers(1, 300), seed=st.integers(0, 2**32))
def test_draws_are_distinct_ascending_and_of_the_size_asked_for(count, size, seed):
    chosen = draw(range(count), size, (seed,))
    assert len(chosen) == min(count, size)
    assert (np.diff(chosen) > 0).all()
    assert set(chosen.tolist()) <= set(range(count))


def some(first, count):
    """Samples and labels by the names of an archive's arrays."""
    return {"x": np.stack([np.arange(first, first + count)] * 2, axis=1), "y": np.zeros(count)}


def training(first, count):
    return {f"{name}_train": array for name, array in some(first, count).items()}


def test_samples_to_train_on_are_bound_like_the_others(spec):
    data = load_data(spec(**some(0, 5), **training(5, 7)), SIGNATURE)
    assert data.train.inputs["image"][:, 0].tolist() == list(range(5, 12))
    assert data.train.labels.dtype == np.int64
    assert data.notes == ()


def test_samples_to_train_on_may_lie_in_another_file(spec, tmp_path):
    for name, arrays in [("plain", some(5, 7)), ("own", {**some(0, 5), **training(5, 7)})]:
        np.savez(tmp_path / f"{name}.npz", **arrays)
        model = spec(**some(0, 5))
        model = replace(model, data=replace(model.data, train=str(tmp_path / f"{name}.npz")))
        data = load_data(model, SIGNATURE)
        assert data.train.inputs["image"][:, 0].tolist() == list(range(5, 12))


def test_they_calibrate_where_the_limit_leaves_too_few_over(spec):
    data = load_data(spec(limit=3, **some(0, 5), **training(5, 170)), SIGNATURE)
    assert not data.shared
    assert len(data.calibrate) == 100
    assert data.calibrate.inputs["image"].min() >= 5
    assert data.calibrate.labels is None


def test_no_labels_to_train_by(spec):
    arrays = {**some(0, 5), "x_train": some(5, 7)["x"]}
    with pytest.raises(DataError, match="has no array 'y_train', which accuracy needs"):
        load_data(spec(**arrays), SIGNATURE)


def test_a_note_counts_samples_that_are_trained_on_and_judged(spec):
    data = load_data(spec(**some(0, 5), **training(3, 9)), SIGNATURE)
    assert data.notes == ("2 of 5 samples to judge on are also samples to train on",)


def test_samples_that_are_all_trained_on_judge_nothing(spec):
    with pytest.raises(DataError, match="all 5 samples to judge on are also samples to train on"):
        load_data(spec(**some(2, 5), **training(0, 9)), SIGNATURE)


def test_calibration_samples_that_are_judged_on(spec):
    data = load_data(spec(**some(0, 5), x_calibrate=some(3, 9)["x"]), SIGNATURE)
    assert data.notes == ("2 of 9 samples to calibrate with are also judged on",)
    assert not data.shared
    assert load_data(spec(**some(0, 5), x_calibrate=some(1, 3)["x"]), SIGNATURE).shared


def test_without_a_metric_there_are_no_labels(spec):
    model = replace(spec(x=np.ones((3, 2))), metric=None, max_drop=None)
    assert load_data(model, SIGNATURE).judge.labels is None
    model = replace(spec(**some(0, 5), **training(5, 4)), metric=None, max_drop=None)
    data = load_data(model, SIGNATURE)
    assert data.judge.labels is None
    assert len(data.train.labels) == 4


def test_scale_and_offset_are_for_inputs_of_floating_type(spec):
    model = spec(**some(0, 3), x_calibrate=np.full((2, 2), 10), **training(5, 2))
    model = replace(model, data=replace(model.data, scale=0.5, offset=1.0))
    data = load_data(model, SIGNATURE)
    assert data.judge.inputs["image"][:, 0].tolist() == [1, 1.5, 2]
    assert data.calibrate.inputs["image"].max() == 6
    assert data.train.inputs["image"][:, 0].tolist() == [3.5, 4]
    assert data.judge.inputs["image"].dtype == np.float32
    whole = Signature("s", (TensorSpec("n", "n:0", "int32", (None, 2)),), SIGNATURE.outputs)
    assert load_data(model, whole).judge.inputs["n"][:, 0].tolist() == [0, 1, 2]
    huge = replace(model, data=replace(model.data, scale=1e38))
    with pytest.raises(DataError, match="exceeds the range of float32"):
        load_data(huge, SIGNATURE)


CODE = """
import numpy as np

def arrays():
    return {"x": [[1, 2], [3, 4]], "y": np.array([0, 1])}

def listed():
    return [1, 2]

def ragged():
    return {"x": [[1], [2, 3]], "y": [0, 1]}

def text():
    return {"x": "one value", "y": [0]}
"""


@pytest.fixture
def from_code(spec, tmp_path):
    (tmp_path / "samples_of_mine.py").write_text(CODE)

    def load(function):
        model = spec(location=f"samples_of_mine:{function}")
        return load_data(replace(model, data=replace(model.data, folder=tmp_path)), SIGNATURE)

    yield load
    sys.modules.pop("samples_of_mine", None)


def test_a_function_gives_arrays_as_an_archive_does(from_code):
    data = from_code("arrays")
    assert data.judge.inputs["image"].tolist() == [[1, 2], [3, 4]]
    assert data.judge.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("listed", "samples_of_mine:listed gives a list"),
        ("ragged", "x of samples_of_mine:ragged is no array"),
        ("text", "x of samples_of_mine:text is a str"),
        ("array", "the module samples_of_mine has no 'array'"),
    ],
)
def test_a_function_that_gives_no_samples(from_code, function, message):
    with pytest.raises(DataError) as caught:
        from_code(function)
    assert caught.value.message.startswith(message)
    assert caught.value.where.endswith("suite.yaml:5")


def test_every_kind_of_data_is_read():
    assert set(READERS) == set(DataKind)


def test_equal_samples_are_found_whatever_the_length_of_other_texts():
    one = Samples({"t": np.array(["a", "bb"]), "n": np.array([1, 2])})
    other = Samples({"t": np.array(["a much longer text", "a"]), "n": np.array([2, 1])})
    assert count_common(one, other) == 1
