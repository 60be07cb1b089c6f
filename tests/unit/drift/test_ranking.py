"""The area under the ROC curve and its variance, against the formulas written out in full."""

from __future__ import annotations

import numpy as np
import pytest

from sizewise.drift import compare
from sizewise.drift.ranking import auc, auc_influence


def in_full(scores, positive):
    """Area and DeLong's two components of it, by comparing each pair of samples."""
    higher, lower = scores[positive][:, None], scores[~positive]
    kernel = (higher > lower) + 0.5 * (higher == lower)
    return kernel.mean(), kernel.mean(axis=1), kernel.mean(axis=0)


@pytest.fixture
def paired():
    """Two scores, with ties, of the same 80 samples, and their classes."""
    generator = np.random.default_rng(0)
    labels = (generator.random(80) < 0.3).astype(int)
    first = np.round(labels + generator.normal(size=80), 1)
    return first, np.round(first + generator.normal(0, 0.7, 80), 1), labels


def test_the_variance_of_a_difference_is_delongs(paired):
    first, second, labels = paired
    positive = labels == 1
    (one, one_over, one_under), (two, two_over, two_under) = (
        in_full(scores, positive) for scores in (first, second)
    )
    assert auc(first[:, None], labels) == pytest.approx(one)
    assert auc(second[:, None], labels) == pytest.approx(two)
    expected = (one_over - two_over).var(ddof=1) / positive.sum()
    expected += (one_under - two_under).var(ddof=1) / (~positive).sum()
    influence = auc_influence(first[:, None], labels) - auc_influence(second[:, None], labels)
    assert influence.mean() == pytest.approx(0)
    assert (influence @ influence) / 80**2 == pytest.approx(expected)


def test_an_only_sample_of_a_class_has_an_influence(paired):
    scores, _, _ = paired
    labels = np.zeros(80, int)
    labels[17] = 1
    influence = auc_influence(scores[:, None], labels)
    assert np.isfinite(influence).all()


def two_classes(generator, n):
    labels = (generator.random(n) < 0.3).astype(int)
    reference = 1.5 * labels + generator.normal(size=n)
    return reference, reference + generator.normal(0, 0.6, n), labels


def four_classes(generator, n):
    labels = generator.integers(4, size=n)
    reference = 1.5 * np.eye(4)[labels] + generator.normal(size=(n, 4))
    return reference, reference + generator.normal(0, 0.5, (n, 4)), labels


@pytest.mark.parametrize(
    ("metric", "make", "data_sets"),
    [("auc", two_classes, 400), ("auc", four_classes, 200), ("f1", four_classes, 100)],
)
def test_intervals_cover_the_true_difference_as_often_as_they_say(metric, make, data_sets):
    generator = np.random.default_rng(11)

    def compared(n):
        reference, variant, labels = make(generator, n)
        return compare({"y": reference}, {"y": variant}, labels, metric)

    truth = np.mean([compared(10_000).metric_drop for _ in range(5)])
    covered = sum(
        drift.metric_drop_low <= truth <= drift.metric_drop_high
        for drift in (compared(150) for _ in range(data_sets))
    )
    # Three standard errors of the share, about 95 %.
    assert abs(covered / data_sets - 0.95) <= 3 * np.sqrt(0.95 * 0.05 / data_sets)
