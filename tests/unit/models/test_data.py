import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.domain import (
    DataSource,
    Limit,
    Location,
    ModelSpec,
    Signature,
    Source,
    SourceKind,
    TensorSpec,
)
from sizewise.errors import DataError
from sizewise.models import load_data
from sizewise.models.data import draw

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
