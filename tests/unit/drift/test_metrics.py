"""The metrics against small cases worked out by hand, and against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sklearn

from sizewise import domain
from sizewise.drift.forms import CLASSES, MAPS
from sizewise.drift.metrics import METRICS
from sizewise.drift.outputs import Pair
from sizewise.errors import DataError


def value(name, outputs, labels):
    """The metric of outputs as a model gives them, through its form."""
    metric = METRICS[name]
    pair = metric.form.outputs(Pair("out", outputs, outputs))
    return metric.value(pair.reference, metric.form.labels(labels, pair.reference.shape))


@pytest.fixture
def scored():
    """300 samples of four classes, told right about half of the time; one class is rare."""
    generator = np.random.default_rng(0)
    labels = generator.choice(4, size=300, p=[0.4, 0.3, 0.28, 0.02])
    return generator.normal(size=(300, 4)) + np.eye(4)[labels], labels


def test_there_is_a_row_for_every_metric_that_a_suite_may_name():
    assert tuple(METRICS) == domain.METRICS


def test_those_that_are_shares_are_the_better_the_higher():
    assert {name for name, row in METRICS.items() if row.higher_is_better} == domain.SHARE_METRICS


def test_accuracy_is_the_share_of_hits():
    scores = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])
    assert value("accuracy", scores, np.array([1, 0, 0, 1])) == 0.75
    assert METRICS["accuracy"].drop(0.9, 0.75) == pytest.approx(0.15)


def test_top5_is_the_share_of_labels_among_the_five_largest_scores():
    generator = np.random.default_rng(1)
    scores, labels = generator.normal(size=(200, 12)), generator.integers(12, size=200)
    expected = sklearn.top_k_accuracy_score(labels, scores, k=5, labels=range(12))
    assert value("top5", scores, labels) == pytest.approx(expected)


def test_of_equal_scores_the_smaller_classes_come_first():
    constant = np.zeros((7, 7))
    assert value("top5", constant, np.arange(7)) == pytest.approx(5 / 7)
    assert value("accuracy", constant, np.arange(7)) == pytest.approx(1 / 7)


def test_auc_of_a_score_counts_pairs_and_ties_by_half():
    scores, labels = np.array([0.1, 0.4, 0.4, 0.8]), np.array([0, 0, 1, 1])
    assert value("auc", scores, labels) == pytest.approx((1 + 1 + 1 + 0.5) / 4)
    for shape in ((4, 1), (4, 1, 1)):
        assert value("auc", scores.reshape(shape), labels) == pytest.approx(3.5 / 4)


def test_auc_of_two_columns_is_that_of_their_difference(scored):
    scores, labels = scored[0][:, :2], (scored[1] == 1).astype(int)
    expected = sklearn.roc_auc_score(labels, scores[:, 1] - scores[:, 0])
    assert value("auc", scores, labels) == pytest.approx(expected)


def test_auc_of_several_classes_is_the_mean_of_each_against_the_rest(scored):
    scores, labels = scored
    softmax = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    expected = sklearn.roc_auc_score(labels, softmax, multi_class="ovr", average="macro")
    assert value("auc", softmax, labels) == pytest.approx(expected)


def test_auc_leaves_out_a_class_without_samples(scored):
    scores, labels = scored
    some = labels < 3
    each = [sklearn.roc_auc_score(labels[some] == k, scores[some, k]) for k in range(3)]
    assert value("auc", scores[some], labels[some]) == pytest.approx(np.mean(each))


def test_auc_needs_two_classes():
    with pytest.raises(DataError, match="all labels are 1, and auc compares"):
        value("auc", np.arange(3.0), np.ones(3, int))


def test_f1_is_the_mean_over_the_classes_that_occur_or_are_told(scored):
    scores, labels = scored
    expected = sklearn.f1_score(labels, scores.argmax(axis=1), average="macro")
    assert value("f1", scores, labels) == pytest.approx(expected)
    wider = np.hstack([scores, np.full((300, 2), -9.0)])
    assert value("f1", wider, labels) == pytest.approx(expected)


def test_mae_and_rmse_are_over_all_numbers_of_an_output():
    outputs = np.array([[1.0, 2.0], [3.0, 4.0]])
    labels = np.array([[1.0, 5.0], [3.0, 4.0]])
    assert value("mae", outputs, labels) == pytest.approx(3 / 4)
    assert value("rmse", outputs, labels) == pytest.approx(np.sqrt(9 / 4))
    assert METRICS["mae"].drop(1.0, 1.5) == pytest.approx(0.5)


def test_mean_iou_counts_the_pixels_of_all_samples():
    generator = np.random.default_rng(2)
    scores, labels = generator.normal(size=(6, 8, 5, 3)), generator.integers(3, size=(6, 8, 5))
    expected = sklearn.jaccard_score(
        labels.ravel(), scores.argmax(axis=-1).ravel(), average="macro"
    )
    assert value("mean_iou", scores, labels) == pytest.approx(expected)
    assert value("mean_iou", scores, labels[..., None]) == pytest.approx(expected)


def test_mean_iou_of_a_single_column_cuts_it_at_its_threshold():
    scores = np.array([[[[0.9], [0.2]], [[0.7], [0.1]]]])
    labels = np.array([[[1, 0], [0, 0]]])
    assert value("mean_iou", scores, labels) == pytest.approx((1 / 2 + 2 / 3) / 2)


def test_mean_iou_needs_maps_and_labels_for_their_pixels():
    with pytest.raises(DataError, match=r"shape \[5, 3\]"):
        value("mean_iou", np.zeros((5, 3)), np.zeros(5, int))
    with pytest.raises(DataError, match=r"shape \[2, 4\] where 2 samples of 16 pixels"):
        value("mean_iou", np.zeros((2, 4, 4, 3)), np.zeros((2, 4), int))
    with pytest.raises(DataError, match="largest label is 3"):
        value("mean_iou", np.zeros((2, 4, 4, 3)), np.full((2, 4, 4), 3))


@pytest.mark.parametrize("name", [name for name, row in METRICS.items() if row.per_sample])
def test_a_metric_is_its_function_of_the_mean_of_its_terms(name):
    metric = METRICS[name]
    generator = np.random.default_rng(0)
    if metric.form is CLASSES:
        outputs, labels = generator.normal(size=(50, 7)), generator.integers(7, size=50)
    elif metric.form is MAPS:
        outputs, labels = generator.normal(size=(50, 9, 4)), generator.integers(4, size=(50, 9))
    else:
        outputs, labels = generator.normal(size=(50, 4)), generator.normal(size=(50, 4))
    terms = metric.per_sample(outputs, labels)
    assert len(terms) == 50
    mean = float(metric.of_mean(terms.mean(axis=0)))
    assert metric.value(outputs, labels) == pytest.approx(mean)
    assert not metric.counts_hits or set(terms) <= {0.0, 1.0}
