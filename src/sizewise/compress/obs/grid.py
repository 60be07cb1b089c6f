"""Levels that weights may take: the integer grids of TensorFlow.js and of TFLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sizewise.domain import Array

LEVELS = 256
"""How many levels a byte tells apart."""

_SHRINKS = np.linspace(1.0, 0.4, 31)
"""Shares of the whole range that are tried."""

_SAMPLED = 1 << 15
"""A grid is chosen on at most so many weights."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Levels 0 to ``levels`` - 1, of which each means ``level * scale + minimum``."""

    scale: float
    minimum: float
    levels: int

    def scaled(self, share: float) -> Grid:
        """The grid with ``share`` times the scale, and 0 where it was, if it has a level at 0."""
        zero = np.rint(-self.minimum / self.scale)
        if zero * self.scale + self.minimum != 0:
            return self
        return Grid(self.scale * share, -float(zero * (self.scale * share)), self.levels)

    def codes(self, values: Array) -> Array:
        """The nearest level of each value, uint8."""
        return self._nearest_levels(values).astype(np.uint8)

    def nearest(self, values: Array) -> Array:
        """The nearest value on the grid, float64."""
        found: Array = self._nearest_levels(values) * self.scale + self.minimum
        return found

    def _nearest_levels(self, values: Array) -> Array:
        steps = np.rint((np.asarray(values, np.float64) - self.minimum) / self.scale)
        found: Array = np.clip(steps, 0, self.levels - 1)
        return found


def whole_grid(values: Array, levels: int = LEVELS) -> Grid:
    """The grid over the whole range of ``values``, as the converter to TensorFlow.js has it.

    0 is a level wherever it lies between the values; no value is off by more than one level.
    """
    low, high = float(values.min()), float(values.max())
    if low == high:
        return Grid(1.0, low, levels)
    if low > 0 or high < 0:
        return Grid((high - low) / (levels - 1), low, levels)
    return _grid(low, high, levels)


def best_grid(values: Array, importance: Array, levels: int = LEVELS) -> Grid:
    """The grid of least squared error, weighted by ``importance`` (>= 0, the shape of ``values``).

    Ranges from that of the values down to 0.4 of it are tried, from both ends together and then
    from each end alone. 0 is a level wherever it lies between the values; where it does not, the
    whole range is taken.
    """
    best = whole_grid(values, levels)
    low, high = float(values.min()), float(values.max())
    if low == high or low > 0 or high < 0:
        return best
    flat, weights = _sampled(values.reshape(-1), importance.reshape(-1))
    least, shares = np.inf, (1.0, 1.0)
    for candidates in (_together, _apart):
        for one, other in candidates(*shares):
            grid = _grid(low * one, high * other, levels)
            error = float(weights @ (grid.nearest(flat) - flat) ** 2)
            if error < least:
                best, least, shares = grid, error, (one, other)
    return best


def symmetric_scales(values: Array, largest: int = 127) -> Array:
    """The scale of each column of [..., rows, columns] whose levels are -largest to largest.

    As TFLite's converter has it: the largest absolute value over ``largest``, and 1 for a column
    of zeros.
    """
    ranges = np.abs(values.astype(np.float64)).max(axis=-2)
    return np.where(ranges > 0, ranges / largest, 1.0)


def _together(one: float, other: float) -> Iterator[tuple[float, float]]:
    for share in _SHRINKS:
        yield one * share, other * share


def _apart(one: float, other: float) -> Iterator[tuple[float, float]]:
    for share in np.linspace(0.8, 1.25, 10):
        yield min(one * share, 1.0), other
        yield one, min(other * share, 1.0)


def _grid(low: float, high: float, levels: int) -> Grid:
    scale = (high - low) / (levels - 1)
    # A level is 0 in floating point, too: the product here is the one that is added to it.
    return Grid(scale, -float(np.rint(-low / scale) * scale), levels)


def _sampled(values: Array, importance: Array) -> tuple[Array, Array]:
    stride = max(1, values.size // _SAMPLED)
    return values[::stride].astype(np.float64), importance[::stride].astype(np.float64)
