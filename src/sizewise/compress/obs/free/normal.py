"""Means and variances of channels, and what rectifiers make of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sizewise.domain import Array


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and variance of each channel, the last axis of a tensor: [channels] in float64."""

    mean: Array
    variance: Array

    def __len__(self) -> int:
        return len(self.mean)


def rectified(spread: Spread, ceiling: float = math.inf) -> Spread:
    """``min(max(x, 0), ceiling)`` of channels that are normally distributed.

    The moments of the clipped normal distribution in closed form (Nagel et al., 2019, appendix C):
    with z the share of a normal distribution between the ends 0 and c, and d its density there,
    the mean is ``m z + s (d(0) - d(c))`` plus c times the share above c.
    """
    mean, deviation = spread.mean, np.sqrt(spread.variance)
    safe = np.where(deviation > 0, deviation, 1.0)
    low = -mean / safe
    high = (ceiling - mean) / safe
    inside = _below(high) - _below(low)
    above = 1 - _below(high)
    at_low, at_high = _density(low), _density(high)
    # At an infinite ceiling nothing is above it, and 0 times infinity would be no number.
    top = ceiling if math.isfinite(ceiling) else 0.0
    first = mean * inside + deviation * (at_low - at_high) + top * above
    second = (
        (mean**2 + spread.variance) * inside
        + deviation * (mean * at_low - (mean + top) * at_high)
        + top**2 * above
    )
    fixed = np.clip(mean, 0, ceiling)
    is_fixed = deviation == 0
    result = np.where(is_fixed, fixed, first)
    variance = np.where(is_fixed, 0.0, np.maximum(second - first**2, 0.0))
    return Spread(result, variance)


def integrated(spread: Spread, function: Callable[[Array], Array]) -> Spread:
    """A function, element by element, of channels that are normally distributed.

    It is given [points, channels], and its values are summed up to 6 deviations around the mean.
    """
    points = np.linspace(-6, 6, 241)[:, None]
    shares = np.exp(-0.5 * points**2)
    shares /= shares.sum()
    values = function(spread.mean + np.sqrt(spread.variance) * points)
    mean = (shares * values).sum(axis=0)
    return Spread(mean, (shares * (values - mean) ** 2).sum(axis=0))


def total(one: Spread, other: Spread) -> Spread:
    """The sum of two tensors, as if they were independent."""
    return Spread(one.mean + other.mean, one.variance + other.variance)


def scaled(spread: Spread, factor: Array) -> Spread:
    """Every channel times its factor, [channels] or a single number."""
    return Spread(spread.mean * factor, spread.variance * factor**2)


def moved(spread: Spread, offset: Array) -> Spread:
    """Every channel plus its offset, [channels] or a single number."""
    return Spread(spread.mean + offset, spread.variance)


def _density(at: Array) -> Array:
    found: Array = np.exp(-0.5 * at**2) / math.sqrt(2 * math.pi)
    return found


def _below(at: Array) -> Array:
    """The share of the standard normal distribution below each number."""
    shares = [0.5 * math.erfc(-value / math.sqrt(2)) for value in at.reshape(-1)]
    return np.asarray(shares, np.float64).reshape(at.shape)
