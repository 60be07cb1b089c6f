"""The metrics against small cases worked out by hand, and against the names that suites know."""

from __future__ import annotations

import numpy as np
import pytest

from sizewise import domain
from sizewise.drift.metrics import METRICS, binary_threshold, class_scores, top_class
from sizewise.errors import DataError


def test_there_is_a_row_for_every_metric_that_a_suite_may_name():
    assert tuple(METRICS) == domain.METRICS


def test_accuracy_is_the_share_of_hits():
    scores = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])
    accuracy = METRICS["accuracy"]
    assert accuracy.value(scores, np.array([1, 0, 0, 1])) == 0.75
    assert accuracy.drop(0.9, 0.75) == pytest.approx(0.15)


def test_mae_and_rmse_are_over_all_numbers_of_an_output():
    outputs = np.array([[1.0, 2.0], [3.0, 4.0]])
    labels = np.array([[1.0, 5.0], [3.0, 4.0]])
    assert METRICS["mae"].value(outputs, labels) == pytest.approx(3 / 4)
    assert METRICS["rmse"].value(outputs, labels) == pytest.approx(np.sqrt(9 / 4))
    assert METRICS["mae"].drop(1.0, 1.5) == pytest.approx(0.5)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_its_function_of_the_mean_of_its_terms(name):
    metric = METRICS[name]
    generator = np.random.default_rng(0)
    if metric.is_classification:
        outputs, labels = generator.normal(size=(50, 4)), generator.integers(4, size=50)
    else:
        outputs, labels = generator.normal(size=(50, 4)), generator.normal(size=(50, 4))
    terms = metric.per_sample(outputs, labels)
    assert terms.shape == (50,)
    assert metric.value(outputs, labels) == pytest.approx(float(metric.of_mean(terms.mean())))
    assert not metric.counts_hits or set(terms) <= {0.0, 1.0}


def test_a_single_column_becomes_two_around_its_threshold():
    for column in (np.array([0.2, 0.5, 0.7]), np.array([[0.2], [0.5], [0.7]])):
        scores = class_scores("y", column, 0.5)
        assert scores.shape == (3, 2)
        assert top_class(scores).tolist() == [0, 0, 1]


def test_the_threshold_follows_from_the_range():
    assert binary_threshold(np.array([0.0, 0.3, 1.0])) == 0.5
    assert binary_threshold(np.array([-0.1, 0.3])) == 0.0
    assert binary_threshold(np.array([0.2, 1.1])) == 0.0


def test_axes_of_length_one_between_samples_and_classes_are_dropped():
    assert class_scores("y", np.zeros((5, 1, 1, 3)), 0.5).shape == (5, 3)


def test_an_image_of_class_scores_is_refused_by_name():
    with pytest.raises(DataError, match=r"'mask' has the shape \[5, 8, 8, 3\]"):
        class_scores("mask", np.zeros((5, 8, 8, 3)), 0.5)
