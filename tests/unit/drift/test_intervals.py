"""Intervals against published values, against scipy, and against their promise by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, stats

from sizewise.drift import intervals
from sizewise.drift.intervals import (
    mcnemar_exact,
    normal_interval,
    paired_bootstrap,
    paired_bootstrap_of_means,
    tango,
    wilson,
)

Z = stats.norm.ppf(0.975)
DATA_SETS = 2000


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (1, 1), (7, 12), (993, 1000)])
@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_wilson_equals_scipys(successes, n, confidence):
    expected = stats.binomtest(successes, n).proportion_ci(confidence, method="wilson")
    assert wilson(successes, n, confidence) == pytest.approx((expected.low, expected.high))


@pytest.mark.parametrize(("successes", "n"), [(-1, 10), (11, 10), (0, 0)])
def test_wilson_refuses_what_is_no_proportion(successes, n):
    with pytest.raises(ValueError, match="no proportion"):
        wilson(successes, n)


@pytest.mark.parametrize(
    ("n", "b", "c", "low", "high"),
    [
        # Fagerland, Lydersen and Laake, Statistical Analysis of Contingency Tables (2017),
        # chapter 8: consolidation therapy (Cavo et al. 2012).
        (161, 6, 16, -0.1240, -0.0054),
        # The same authors, BMC Medical Research Methodology 14 (2014): airway reactivity.
        (21, 1, 7, -0.517, -0.026),
    ],
)
def test_tango_gives_published_values(n, b, c, low, high):
    assert tango(n, b, c) == pytest.approx((low, high), abs=5e-4)


def constrained_statistic(n, b, c, d):
    """Tango's statistic at the difference d, its nuisance parameter found by maximising the
    likelihood numerically.
    """

    def loss(q):
        return -(b * math.log(q + d) + c * math.log(q) + (n - b - c) * math.log(1 - 2 * q - d))

    found = optimize.minimize_scalar(
        loss,
        bounds=(max(0.0, -d) + 1e-12, (1 - d) / 2 - 1e-12),
        method="bounded",
        options={"xatol": 1e-12},
    )
    return (b - c - n * d) / math.sqrt(n * (2 * found.x + d * (1 - d)))


@pytest.mark.parametrize(("n", "b", "c"), [(100, 5, 3), (1000, 30, 20), (40, 12, 1), (30, 2, 9)])
def test_tango_ends_where_the_score_test_rejects(n, b, c):
    low, high = tango(n, b, c)
    assert constrained_statistic(n, b, c, low) == pytest.approx(Z, abs=1e-3)
    assert constrained_statistic(n, b, c, high) == pytest.approx(-Z, abs=1e-3)


@pytest.mark.parametrize("n", [1, 100, 100_000])
def test_tango_keeps_its_width_where_no_pair_differs(n):
    half = Z**2 / (n + Z**2)
    assert tango(n, 0, 0) == pytest.approx((-half, half))


def test_tango_at_the_borders():
    # With c = 0 and b = n the equation is (1 - d) / (1 + d) = z² / n.
    assert tango(50, 50, 0) == pytest.approx(((50 - Z**2) / (50 + Z**2), 1.0))
    assert tango(50, 0, 50) == pytest.approx((-1.0, -(50 - Z**2) / (50 + Z**2)))


def test_tango_is_antisymmetric_and_holds_the_estimate():
    for b, c in [(3, 0), (0, 1), (7, 4), (100, 20)]:
        low, high = tango(200, b, c)
        assert tango(200, c, b) == pytest.approx((-high, -low))
        assert low < (b - c) / 200 < high


@pytest.mark.parametrize("counts", [(10, 6, 5), (10, -1, 0), (0, 0, 0)])
def test_tango_refuses_impossible_counts(counts):
    with pytest.raises(ValueError, match="no paired proportions"):
        tango(*counts)


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_a_confidence_is_a_probability(confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        wilson(1, 2, confidence)


@pytest.mark.parametrize(
    ("n", "lost", "won"),
    [(1000, 0.03, 0.02), (300, 0.03, 0.02), (300, 0.02, 0.02), (89, 0.1, 0.02)],
)
def test_tango_covers_the_true_difference_as_often_as_it_says(n, lost, won):
    generator = np.random.default_rng(20)
    counts = generator.multinomial(n, [lost, won, 1 - lost - won], size=DATA_SETS)
    tables, occurrences = np.unique(counts[:, :2], axis=0, return_counts=True)
    ends = [tango(n, int(b), int(c)) for b, c in tables]
    covered = sum(
        int(times)
        for (low, high), times in zip(ends, occurrences, strict=True)
        if low <= lost - won <= high
    )
    assert 0.93 <= covered / DATA_SETS <= 0.97


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 0), (5, 5), (3, 12), (40, 20)])
def test_mcnemar_equals_the_binomial_test(b, c):
    expected = 1.0 if b + c == 0 else stats.binomtest(b, b + c).pvalue
    assert mcnemar_exact(b, c) == pytest.approx(expected)
    assert mcnemar_exact(c, b) == mcnemar_exact(b, c)


def test_bootstrap_agrees_with_scipys():
    values = np.random.default_rng(3).exponential(size=400)
    ours = paired_bootstrap(lambda rows: values[rows].mean(axis=1), 400, seed=1, resamples=5000)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=5000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    width = theirs.high - theirs.low
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.05 * width)


def test_bootstrap_depends_on_its_seed_and_not_on_the_size_of_its_chunks(monkeypatch):
    values = np.random.default_rng(4).normal(size=101)

    def interval(seed):
        return paired_bootstrap(lambda rows: values[rows].mean(axis=1), 101, seed, resamples=500)

    whole = interval(7)
    assert interval(8) != whole
    monkeypatch.setattr(intervals, "_INDICES_AT_ONCE", 101 * 7)
    assert interval(7) == whole


def test_bootstrap_bounds_how_many_indices_it_holds(monkeypatch):
    monkeypatch.setattr(intervals, "_INDICES_AT_ONCE", 1000)
    shapes = []

    def statistic(rows):
        shapes.append(rows.shape)
        return rows.mean(axis=1)

    paired_bootstrap(statistic, 300, seed=0, resamples=10)
    assert shapes == [(3, 300), (3, 300), (3, 300), (1, 300)]


def test_the_bootstrap_of_a_mae_difference_covers_as_often_as_it_says():
    n, shift, spread = 300, 0.3, 0.5
    generator = np.random.default_rng(5)
    errors = generator.normal(size=(DATA_SETS, n))
    variant = errors + generator.normal(shift, spread, size=errors.shape)
    differences = np.abs(variant) - np.abs(errors)
    # Means of folded normal variables, in closed form.
    scale = math.sqrt(1 + spread**2)
    folded = scale * math.sqrt(2 / math.pi) * math.exp(-(shift**2) / (2 * scale**2)) + shift * (
        1 - 2 * stats.norm.cdf(-shift / scale)
    )
    truth = folded - math.sqrt(2 / math.pi)
    covered = 0
    for seed, sample in enumerate(differences):
        low, high = paired_bootstrap(
            lambda rows, sample=sample: sample[rows].mean(axis=1), n, seed, resamples=600
        )
        covered += low <= truth <= high
    assert 0.93 <= covered / DATA_SETS <= 0.97


@pytest.mark.parametrize("shape", [(60,), (60, 3)])
def test_the_bootstrap_of_means_is_the_bootstrap_of_the_samples(shape):
    generator = np.random.default_rng(9)
    before, after = generator.normal(size=shape), generator.normal(size=shape)

    def first(means):
        return means if means.ndim == 1 else means[:, 0] * means[:, 1]

    by_means = paired_bootstrap_of_means(lambda a, b: first(a) - first(b), before, after, seed=2)
    by_samples = paired_bootstrap(
        lambda rows: first(before[rows].mean(axis=1)) - first(after[rows].mean(axis=1)), 60, seed=2
    )
    assert by_means == pytest.approx(by_samples)


def test_the_normal_interval_of_a_mean_is_the_textbooks():
    values = np.random.default_rng(10).normal(size=500)
    low, high = normal_interval(values.mean(), values - values.mean())
    half = 1.959964 * values.std() / math.sqrt(500)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half))
