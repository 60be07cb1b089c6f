import numpy as np
import pytest

from sizewise.domain import METRICS, TensorSpec
from sizewise.errors import DataError
from sizewise.models.labels import _LABELS, labels_for

TEN = TensorSpec("digit", "Identity:0", "float32", (None, 10))
ONE = TensorSpec("score", "Identity:0", "float32", (None, 1))
UNKNOWN = TensorSpec("any", "Identity:0", "float32", None)


def test_every_metric_is_served():
    assert set(_LABELS) == set(METRICS)


@pytest.mark.parametrize("dtype", ["int32", "uint8", "int64", "float32", "float64"])
@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_class_numbers_of_any_type(dtype, shape):
    labels = np.array([0, 9, 4], dtype).reshape(shape)
    result = labels_for("accuracy", labels, TEN)
    assert result.dtype == np.int64
    assert result.tolist() == [0, 9, 4]


@pytest.mark.parametrize("dtype", ["int64", "float32", "bool"])
def test_one_hot_rows_become_class_numbers(dtype):
    labels = np.eye(10)[[2, 0, 9]].astype(dtype)
    assert labels_for("accuracy", labels, TEN).tolist() == [2, 0, 9]


@pytest.mark.parametrize(
    ("labels", "output", "message"),
    [
        (np.array(["cat"]), TEN, "y is <U3, accuracy takes class numbers"),
        (np.array([0.5, 1]), TEN, "y holds fractions"),
        (np.array([np.nan, 1]), TEN, "y holds fractions"),
        (np.array([0, 10]), TEN, "y runs from 0 to 10, the model's output digit has 10 classes"),
        (np.array([-1, 3]), TEN, "y runs from -1 to 3"),
        (np.array([0, 2]), ONE, "y runs from 0 to 2, the model's output score has 2 classes"),
        (np.ones((2, 10)), TEN, "y is [2, 10], but its rows are not one-hot"),
        (np.zeros((2, 3, 3), int), TEN, "y is [2, 3, 3], accuracy takes one class number"),
    ],
)
def test_labels_that_accuracy_refuses(labels, output, message):
    with pytest.raises(DataError) as caught:
        labels_for("accuracy", labels, output)
    assert str(caught.value).startswith(message)


def test_a_single_score_has_two_classes():
    assert labels_for("accuracy", np.array([True, False]), ONE).tolist() == [1, 0]


def test_an_output_of_unknown_shape_takes_any_class():
    assert labels_for("accuracy", np.array([1000]), UNKNOWN).tolist() == [1000]


@pytest.mark.parametrize("metric", ["mae", "rmse"])
def test_a_regression_takes_numbers_in_the_outputs_shape(metric):
    for labels in (np.array([1.5, 2]), np.array([[1], [2]]), np.array([3, 4])):
        assert labels_for(metric, labels, ONE) is labels
    for output in (UNKNOWN, TensorSpec("o", "o:0", "float32", (None, None))):
        assert labels_for(metric, np.ones((2, 7)), output).shape == (2, 7)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array(["a"]), "y is <U1, a regression takes numbers"),
        (np.array([np.inf]), "y holds NaN or infinity"),
        (np.ones((2, 3)), "y is [2, 3], the model's output score is [None, 1]"),
    ],
)
def test_labels_that_a_regression_refuses(labels, message):
    with pytest.raises(DataError) as caught:
        labels_for("mae", labels, ONE)
    assert str(caught.value).startswith(message)
