import numpy as np
import pytest

from sizewise.compress.training.loss import Entropy, choose, own_target
from sizewise.errors import ConversionError

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(8, 10)).astype(np.float32)
SHARES = (np.exp(LOGITS) / np.exp(LOGITS).sum(-1, keepdims=True)).astype(np.float32)
NUMBERS = RNG.integers(0, 10, 8)
SCORES = RNG.normal(size=(8, 1)).astype(np.float32) * 3
CHANCES = 1 / (1 + np.exp(-SCORES))
YES_OR_NO = np.arange(8) % 2
X = RNG.normal(size=(8, 5)).astype(np.float32)


@pytest.mark.parametrize(
    ("outputs", "labels", "metric", "loss"),
    [
        (SHARES, NUMBERS, "accuracy", Entropy("SparseCategoricalCrossentropy", False)),
        (LOGITS, NUMBERS, "accuracy", Entropy("SparseCategoricalCrossentropy", True)),
        (LOGITS, NUMBERS[:, None], None, Entropy("SparseCategoricalCrossentropy", True)),
        (SHARES, np.eye(10)[NUMBERS], "top5", Entropy("CategoricalCrossentropy", False)),
        (LOGITS, np.eye(10)[NUMBERS], None, Entropy("CategoricalCrossentropy", True)),
        (CHANCES, YES_OR_NO, "auc", Entropy("BinaryCrossentropy", False)),
        (SCORES, YES_OR_NO.astype(float), "f1", Entropy("BinaryCrossentropy", True)),
        (SCORES, RNG.normal(size=8), "mae", "mean_absolute_error"),
        (SCORES, RNG.normal(size=(8, 1)), "rmse", "mean_squared_error"),
        (SCORES, RNG.normal(size=8), None, "mean_squared_error"),
        (np.abs(SCORES), np.zeros(8, int), "auc", "mean_squared_error"),
    ],
)
def test_the_loss_by_what_outputs_and_labels_are(outputs, labels, metric, loss):
    target = choose(outputs, X, labels, metric)
    assert target.loss == loss
    assert len(target.values) == 8
    if not isinstance(loss, Entropy) or loss.kind == "BinaryCrossentropy":
        assert target.values.shape == outputs.shape


def test_segmentation_has_a_class_for_each_pixel():
    outputs = np.full((8, 4, 4, 3), 1 / 3, np.float32)
    labels = RNG.integers(0, 3, (8, 4, 4))
    target = choose(outputs, X, labels, "mean_iou")
    assert target.loss == Entropy("SparseCategoricalCrossentropy", False)
    assert target.values.shape == (8, 4, 4)


@pytest.mark.parametrize("labels", [None, YES_OR_NO])
def test_a_model_that_gives_its_input_back_is_trained_to_that(labels):
    target = choose(X[:3], X, labels, "auc")
    assert target.values is X
    assert target.loss == "mean_squared_error"


@pytest.mark.parametrize(
    ("outputs", "labels", "metric", "message"),
    [
        (SHARES, None, "accuracy", "have no labels"),
        (SHARES, RNG.normal(size=8), "accuracy", "no loss fits"),
        (SCORES, RNG.normal(size=(8, 3)), "mae", "no loss fits both"),
    ],
)
def test_what_cannot_be_trained_is_an_error(outputs, labels, metric, message):
    with pytest.raises(ConversionError, match=message):
        choose(outputs, X, labels, metric)


def test_a_loss_of_the_models_own_comes_first():
    assert own_target("mae", "keras", NUMBERS).loss == "mae"
    assert own_target(None, "keras", NUMBERS) is None
    with pytest.raises(ConversionError, match="no labels"):
        own_target("mae", "keras", None)


def test_an_object_of_one_keras_is_not_used_in_the_other():
    loss = type("Loss", (), {"__module__": "keras.src.losses"})()
    assert own_target(loss, "tf_keras", NUMBERS) is None
    assert own_target(loss, "keras", NUMBERS).loss is loss
