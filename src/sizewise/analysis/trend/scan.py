"""Where does the level of a noisy series change? Robust scores, two scans, their p-values.

A series is turned into Huber scores: deviations from its median in units of its night-to-night
noise, cut off at ``CLIP``. One wild night then counts for no more than ``CLIP`` (robustness in
the manner of Fearnhead and Rigaill, "Changepoint detection in the presence of outliers",
JASA 114, 2019), and under the hypothesis of no change the scores are exchangeable, so that
their cumulative sums are standardised exactly by their own variance.

``best_split`` compares what lies before a place with what lies after it, for every place;
``best_arc`` compares a stretch with everything around it, which finds a level that was left
and came back, where a single split is blind (circular binary segmentation: Olshen,
Venkatraman, Lucito and Wigler, Biostatistics 5, 2004).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CLIP = 2.5
"""Noise units beyond which a night's deviation counts no more."""
SHORTEST = 3
"""Runs that a level must last to be seen; a single wild night is none."""
SHORTEST_ARC = 5
"""Runs that a level must last to be seen if it was left and came back."""
LONGEST_ARC = 256
"""Longest stretch that ``best_arc`` looks at, so that its cost stays linear in the runs."""
_CLEARLY = 1.0
"""Standard errors from which on an autocorrelation counts, if both estimates are so large."""
_AT_MOST = 0.9
_GRID = 51
"""Points of half a numerical integral: the third digit of a p-value does not move."""


class Contrast(NamedTuple):
    """Where one level ends and another starts, once or there and back, and how clearly.

    ``z`` is the standardised difference, positive for a rise (of the stretch between two cuts
    for an arc).
    """

    cuts: tuple[int, ...]
    z: float


def median(values: Floats) -> float:
    """The median; several times faster for short arrays than NumPy's."""
    ordered = values.copy()
    ordered.sort()
    upper = len(ordered) // 2
    if len(ordered) % 2:
        return ordered.item(upper)
    return (ordered.item(upper - 1) + ordered.item(upper)) / 2


def clipped(values: Floats, limit: float) -> Floats:
    """The values cut off at ``limit`` on both sides; likewise."""
    return np.minimum(np.maximum(values, -limit), limit)


def noise(values: Floats) -> float:
    """The standard deviation of a night's noise, from differences of neighbouring values.

    The median distance from their median, over 0.6745 and the root of 2: neither a few steps
    nor a drift nor outliers move it. Where most of them are equal, the mean distance instead.
    """
    differences = values[1:] - values[:-1]
    distances = np.abs(differences - median(differences))
    typical = median(distances) / 0.6745
    return (typical or float(np.mean(distances)) * math.sqrt(math.pi / 2)) / math.sqrt(2)


def scores(values: Floats, scale: float) -> Floats:
    """Huber scores around the median; ``scale`` is the noise of the series.

    Without any noise at all the sign of the deviation is what is left.
    """
    centred = values - median(values)
    return clipped(centred / scale, CLIP) if scale > 0 else np.sign(centred)


def best_split(values: Floats) -> Contrast | None:
    """The split of a series of scores with the largest contrast; None for a series that is too
    short, or constant.
    """
    places = np.arange(SHORTEST, len(values) - SHORTEST + 1)
    if not len(places) or values.min() == values.max():
        return None
    contrasts = split_contrasts(values, places)
    best = int(np.abs(contrasts).argmax())
    return Contrast((int(places[best]),), float(contrasts[best]))


def split_contrasts(values: Floats, places: npt.NDArray[np.int_]) -> Floats:
    """Standardised difference of what comes from each place on and what lies before it."""
    count = len(values)
    rest, variance = _centred(values)
    sums = rest.cumsum()[places - 1]
    return np.asarray(-sums / np.sqrt(variance * places * (count - places) / count))


def best_arc(values: Floats) -> Contrast | None:
    """The stretch of a series of scores with the largest contrast to all that surrounds it.

    At least ``SHORTEST_ARC`` runs lie in it, and ``SHORTEST`` on either side of it. None where
    there is none.
    """
    count = len(values)
    longest = min(count - 2 * SHORTEST, count // 2, LONGEST_ARC)
    if longest < SHORTEST_ARC:
        return None
    rest, variance = _centred(values)
    if variance == 0:
        return None
    # sums[i] is the sum of what lies before place SHORTEST + i.
    sums = np.concatenate([[0.0], rest.cumsum()])[SHORTEST : count - SHORTEST + 1]
    best = Contrast((), 0.0)
    for length in range(SHORTEST_ARC, longest + 1):
        rises = sums[length:] - sums[:-length]
        place = int(np.abs(rises).argmax())
        z = float(rises[place]) / math.sqrt(variance * length * (count - length) / count)
        if abs(z) > abs(best.z):
            start = place + SHORTEST
            best = Contrast((start, start + length), z)
    return best


def inflation(values: Floats, scale: float, contrasts: Sequence[Contrast]) -> float:
    """By how much positive autocorrelation of the noise widens contrasts; 1 if there is none.

    ``values`` are a series' own, ``scale`` is its noise. The root of (1 + r) / (1 - r), which is
    what a first-order autoregression does to a mean. For r two estimates have to agree, as each
    can be misled, and the smaller counts:

    - the correlation of neighbours around the levels that one of ``contrasts`` says, for which
      further steps look like autocorrelation;
    - differences two nights apart against those of neighbours, which steps and drift hardly
      touch, but which is less sure: Chakar, Lebarbier, Levy-Leduc and Robin, "A robust approach
      for estimating change-points in the mean of an AR(1) process", Bernoulli 23, 2017, with
      clipped squares in place of medians.
    """
    found = _AT_MOST
    for estimate in _correlations(values, scale, contrasts):
        # Mostly the first one settles it.
        if estimate * math.sqrt(len(values)) < _CLEARLY:
            return 1.0
        found = min(found, estimate)
    return math.sqrt((1 + found) / (1 - found))


def _correlations(values: Floats, scale: float, contrasts: Sequence[Contrast]) -> Iterator[float]:
    rest = scores(values, scale)
    for contrast in contrasts:
        yield _correlation(rest, contrast.cuts)
    yield _correlation_by_differences(values, scale)


def _correlation_by_differences(values: Floats, scale: float) -> float:
    if scale == 0 or len(values) < 2 * SHORTEST:
        return 0.0
    limit = math.sqrt(2) * CLIP * scale
    near, far = (_spread(values[lag:] - values[:-lag], limit) for lag in (1, 2))
    return far / near - 1 if near > 0 else 0.0


def _spread(differences: Floats, limit: float) -> float:
    """Mean square around the median, which a drift moves, of differences cut off at a limit."""
    centred = clipped(differences - median(differences), limit)
    return float(centred @ centred) / len(centred)


def _correlation(values: Floats, cuts: Sequence[int]) -> float:
    ends = [0, *cuts, len(values)]
    rest = values.copy()
    for start, stop in pairwise(ends):
        rest[start:stop] -= median(rest[start:stop])
    energy = float(rest @ rest)
    return float(rest[1:] @ rest[:-1]) / energy if energy > 0 else 0.0


def _centred(values: Floats) -> tuple[Floats, float]:
    """Distances from the mean, and their variance; 0 for fewer than two values."""
    if len(values) < 2:
        return values, 0.0
    rest = values - float(values.sum()) / len(values)
    return rest, float(rest @ rest) / (len(values) - 1)


@lru_cache(maxsize=1024)
def split_p_value(z: float, count: int) -> float:
    """Chance that pure noise has a split contrast beyond ``z`` somewhere.

    The tail of the maximum of a standardised Gaussian bridge at ``count`` times: James, James
    and Siegmund, "Tests for a change-point", Biometrika 74, 1987. Kept, as a contrast is judged
    when it is found, when its place is settled, and when it is reported.
    """
    if z < 1:
        return 1.0
    places = _places(SHORTEST, count)
    tail = float(_overshoot(z * places.widths) @ (places.steps / places.variances))
    # What lies behind the middle adds as much as what lies before it.
    return min(1.0, z * _density(z) * 2 * tail)


def arc_p_value(z: float, count: int) -> float:
    """The same for stretches: Siegmund, "Approximate tail probabilities for the maxima of some
    random fields", Annals of Probability 16, 1988.
    """
    if z < 1:
        return 1.0
    places = _places(SHORTEST_ARC, count)
    # For a share t and its mirror image, 1 / (t² (1 - t)) + 1 / ((1 - t)² t) = 1 / (t (1 - t))².
    tail = float(_overshoot(z * places.widths) ** 2 @ (places.steps / places.variances**2))
    return min(1.0, z**3 * _density(z) * tail / 2)


class _Places(NamedTuple):
    """Where a series may be cut, up to its middle: the rest is a mirror image.

    For shares t of it that lie before the cut: t (1 - t), how fine the places are there, and
    the weights of the trapezoidal rule.
    """

    variances: Floats
    widths: Floats
    steps: Floats


@lru_cache(maxsize=1024)
def _places(shortest: int, count: int) -> _Places:
    shares, step = np.linspace(shortest / count, 0.5, _GRID, retstep=True)
    variances = shares * (1 - shares)
    steps = np.full(_GRID, float(step))
    steps[[0, -1]] /= 2
    return _Places(variances, 1 / np.sqrt(count * variances), steps)


def _overshoot(x: Floats) -> Floats:
    """Siegmund's correction for looking at whole nights only, in the form of Siegmund and
    Yakir, "The Statistics of Gene Mapping", 2007.
    """
    half = x / 2
    above = _erf(half / math.sqrt(2)) / 2
    density = np.exp(half * half / -2) / math.sqrt(2 * math.pi)
    return np.asarray(above / half / (half * (above + 0.5) + density))


def _erf(x: Floats) -> Floats:
    return np.fromiter(map(math.erf, x.tolist()), float, len(x))


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
