"""Interval estimates and tests for paired data, each with the source of its formula."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from sizewise.domain import Array

_INDICES_AT_ONCE = 1_000_000
"""Sample indices drawn at once by the bootstrap: 8 MB of them."""


class Interval(NamedTuple):
    """Ends of a confidence interval."""

    low: float
    high: float


def wilson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Wilson's score interval for a proportion.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927) 209-212: the proportions that a score test does not reject,
    (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    Raises ValueError unless 0 <= ``successes`` <= ``n`` and ``n`` > 0.
    """
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"{successes} successes of {n} are no proportion")
    z = _normal_quantile(confidence)
    share = successes / n
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At the borders the formula gives exactly 0 or 1 but for rounding.
    low = 0.0 if successes == 0 else (centre - half) / scale
    high = 1.0 if successes == n else (centre + half) / scale
    return Interval(low, high)


def tango(
    n: int, only_reference_right: int, only_variant_right: int, confidence: float = 0.95
) -> Interval:
    """Tango's score interval for a paired difference of proportions, reference less variant.

    T. Tango, "Equivalence test and confidence interval for the difference in proportions for
    the paired-sample design", Statistics in Medicine 17 (1998) 891-908. With b and c pairs
    that only the first and only the second got right, it holds the differences d for which
    |b - c - n d| / √(n (2 q + d (1 - d))) <= z, where q, the likeliest probability of the
    second kind of pair given d, is the larger root of
    2n q² + ((2n - b + c) d - b - c) q - c d (1 - d) = 0.

    It does not shrink to a point where no pair differs: it is ± z² / (n + z²) then.

    Raises ValueError for counts that are negative or exceed ``n``, and for ``n`` = 0.
    """
    b, c = only_reference_right, only_variant_right
    if n <= 0 or b < 0 or c < 0 or b + c > n:
        raise ValueError(f"{b} and {c} differing pairs of {n} are no paired proportions")
    z = _normal_quantile(confidence)
    return Interval(_tango_low(n, b, c, z), -_tango_low(n, c, b, z))


def _tango_low(n: int, b: int, c: int, z: float) -> float:
    """The difference below (b - c) / n at which the score statistic reaches z."""
    from scipy.optimize import brentq

    def beyond(d: float) -> float:
        linear = (2 * n - b + c) * d - b - c
        root = math.sqrt(linear * linear + 8 * n * c * d * (1 - d))
        q = (root - linear) / (4 * n)
        return b - c - n * d - z * math.sqrt(max(0.0, n * (2 * q + d * (1 - d))))

    estimate = (b - c) / n
    if estimate <= -1:
        return -1.0
    # Where the variance is 0 at the estimate itself, the function has a second root there:
    # the bracket ends just below.
    return float(brentq(beyond, -1.0, estimate - 1e-9, xtol=1e-13))


def mcnemar_exact(only_reference_right: int, only_variant_right: int) -> float:
    """Two-sided p-value of the exact McNemar test.

    Q. McNemar, Psychometrika 12 (1947) 153-157, with the binomial distribution in place of
    the chi-squared one: min(1, 2 P(X <= min(b, c))) for X ~ Binomial(b + c, 1/2).
    """
    from scipy.special import bdtr

    b, c = only_reference_right, only_variant_right
    return min(1.0, 2.0 * float(bdtr(min(b, c), b + c, 0.5)))


def paired_bootstrap(
    statistic: Callable[[Array], Array],
    n: int,
    seed: int,
    resamples: int = 2000,
    confidence: float = 0.95,
) -> Interval:
    """Percentile bootstrap interval of a statistic over ``n`` samples.

    B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    ``statistic`` maps sample indices [r, n] to the values [r] of the statistic on these r
    resamples. It is paired if it applies the same indices to the reference and the variant.
    The indices come in chunks, to bound memory; the result does not depend on their size.
    """
    generator = np.random.default_rng(seed)
    rows = max(1, _INDICES_AT_ONCE // n)
    values = [
        statistic(generator.integers(n, size=(min(rows, resamples - start), n)))
        for start in range(0, resamples, rows)
    ]
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.concatenate(values), [tail, 1 - tail])
    return Interval(float(low), float(high))


def paired_bootstrap_of_means(
    statistic: Callable[[Array, Array], Array], before: Array, after: Array, seed: int
) -> Interval:
    """``paired_bootstrap`` of a statistic that is a function of means over the samples.

    ``before`` and ``after`` are [n] or [n, k]; ``statistic`` maps their means on r resamples,
    each [r] or [r, k], to the values [r] of the statistic.
    """
    n = len(before)

    def of_resamples(indices: Array) -> Array:
        rows = np.arange(len(indices))[:, None] * n
        drawn = np.bincount((rows + indices).ravel(), minlength=indices.size)
        weights = drawn.reshape(indices.shape) / n
        return statistic(weights @ before, weights @ after)

    return paired_bootstrap(of_resamples, n, seed)


def normal_interval(estimate: float, influence: Array, confidence: float = 0.95) -> Interval:
    """The interval of an estimate whose error is, for many samples, that of a mean.

    ``influence`` [n] is what each sample has to do with the estimate, of mean 0; its variance is
    Σ influence² / n² then (F. R. Hampel, "The influence curve and its role in robust
    estimation", JASA 69 (1974) 383-393).
    """
    half = _normal_quantile(confidence) * math.sqrt(float(influence @ influence)) / len(influence)
    return Interval(estimate - half, estimate + half)


def _normal_quantile(confidence: float) -> float:
    """The z that a standard normal variable exceeds in size with probability 1 - confidence."""
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
    return NormalDist().inv_cdf((1 + confidence) / 2)
