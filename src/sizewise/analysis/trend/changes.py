"""What happened in a series: steps, drift, a single odd night, or nothing.

Two kinds of series need two ways of looking. Where a value mostly repeats itself exactly, as
sizes do, there is no noise: each change is one, without any test. Where it varies from night to
night, a change has to stand out from that. The tests, their order and what they can and cannot
see:

- *Steps*: a scan for one step, and one for a level that was left and came back (``scan``),
  repeated on the pieces (``steps``). A level must last 3 runs, one that came back 5.
- *Drift*: the Mann-Kendall test and the slope of Theil and Sen (``drift``).
- Whichever explains the series best, by Schwarz's criterion ("Estimating the dimension of a
  model", Annals of Statistics 6, 1978) with clipped squares, is what is reported: steps, a
  drift, or both.

The levels of the tests add up to ``alpha``: a series that only varies gets a change with at most
that chance. Simulated with an alpha of 0.05 over 60 nights: about 3 % of such series, whether the
noise is Gaussian, heavy-tailed, skewed or has wild nights, and at most as many over 8 to 200
nights. Where one night's noise resembles the next one's, it cannot be told from change with
certainty: 9 % at an autocorrelation of 0.3 or 0.5, 15 % at 0.7.

A step of 10 % under noise of 8 % in the middle of 60 nights is found in 93 % of cases, and its
night is known to within two in 7 of 10: the best possible test that raises as few false alarms
achieves the same, for there is no more in the data. At 15 % nearly all are found, and 9 of 10 of
the nights. ``earliest`` and ``latest`` say how well a step is dated.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import islice

import numpy as np

from sizewise.analysis.trend import scan
from sizewise.analysis.trend.drift import neighbour_slope, slope, trend_p_value
from sizewise.analysis.trend.scan import Floats
from sizewise.analysis.trend.steps import Levels, blocks_of, find_steps, level, misfits

SHORTEST_SERIES = 8
"""Runs that a series which varies must have to be looked at."""
_SPLIT, _ARC, _DRIFT = 0.7, 0.06, 0.24
"""Shares of alpha for the three tests."""
_LOCATION = 7.35
"""A step may have been wherever the likelihood ratio against its best place is at most this: a
95 % confidence set, after Hansen, "Sample splitting and threshold estimation", Econometrica 68,
2000.
"""
_ROUNDS = 4
"""Rounds in which slope and steps settle; they do after two."""


class ChangeKind(StrEnum):
    """What happened."""

    STEP = "step"
    DRIFT = "drift"
    BLIP = "one run"
    """A value that repeats itself exactly, but for one run."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened in a series; places count the series' own values from 0.

    A step or a single run happened at ``place``, its first run with the new value, or rather
    between ``earliest`` and ``latest`` (95 %). A drift goes from ``earliest`` to ``latest``,
    and ``place`` is its end. ``old`` and ``new`` are the levels before and after; ``per_run`` is
    a drift's change from one run to the next, relative to the level for a series that is looked
    at by ratios. ``p_value`` is None where no chance is involved.
    """

    kind: ChangeKind
    place: int
    earliest: int
    latest: int
    old: float
    new: float
    p_value: float | None = None
    per_run: float | None = None


class Behaviour(StrEnum):
    """What a series does."""

    CONSTANT = "constant"
    VARIES = "varies"
    """From run to run, and nothing more can be shown."""
    CHANGES = "changes"
    TOO_SHORT = "too short"
    """It varies, and has too few runs to tell noise from change."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a series does, and what happened in it, in order of time."""

    behaviour: Behaviour
    changes: tuple[Change, ...] = ()


def find_changes(
    values: Sequence[float],
    times: Sequence[float],
    *,
    repeats: bool,
    ratios: bool,
    alpha: float = 0.05,
) -> Verdict:
    """What happened in a series.

    ``times`` are when each value was measured, in units of the usual distance of two runs.
    ``repeats`` says that the figure is the same whenever its inputs are; ``ratios`` that it is
    positive and changes by shares. ``alpha`` is the chance of a false alarm that is accepted.
    """
    if len(set(values)) <= 1:
        return Verdict(Behaviour.CONSTANT)
    if repeats:
        most = max(2, len(values) // 6)
        exact = tuple(islice(_exact_changes(values), most + 1))
        if len(exact) <= most:
            return Verdict(Behaviour.CHANGES, exact)
    if len(values) < SHORTEST_SERIES:
        return Verdict(Behaviour.TOO_SHORT)
    ratios = ratios and min(values) > 0
    array = np.asarray(values, float)
    model = _best_model(np.log(array) if ratios else array, np.asarray(times, float), alpha)
    if model is None:
        return Verdict(Behaviour.VARIES)
    return Verdict(Behaviour.CHANGES, tuple(_reported(model, ratios=ratios)))


def _exact_changes(values: Sequence[float]) -> Iterator[Change]:
    """Every change of a value that repeats itself; there and back in one run is one change."""
    place = 1
    while place < len(values):
        old, new = values[place - 1], values[place]
        if new == old:
            place += 1
        elif place + 1 < len(values) and values[place + 1] == old:
            yield Change(ChangeKind.BLIP, place, place, place, old, new)
            place += 2
        else:
            yield Change(ChangeKind.STEP, place, place, place, old, new)
            place += 1


@dataclass(frozen=True)
class _Model:
    """Levels between steps, and a slope that all of them share.

    What follows from that is worked out once, and its arrays are nobody's to change.
    """

    values: Floats
    times: Floats
    noise: float
    steps: tuple[int, ...] = ()
    slope: float = 0.0

    @cached_property
    def blocks(self) -> tuple[slice, ...]:
        return blocks_of(len(self.values), self.steps)

    @cached_property
    def detrended(self) -> Floats:
        return self.values - self.slope * self.times

    @cached_property
    def levels(self) -> list[float]:
        detrended = self.detrended
        return [level(detrended[block], self.noise) for block in self.blocks]

    @cached_property
    def residuals(self) -> Floats:
        rest = self.detrended.copy()
        for block, height in zip(self.blocks, self.levels, strict=True):
            rest[block] -= height
        return rest

    def criterion(self) -> float:
        """Schwarz's criterion; a step has a place and a height, a drift a slope and a start."""
        count = len(self.values)
        limit = scan.CLIP * self.noise
        squares = np.minimum(self.residuals**2, limit**2 if limit > 0 else math.inf)
        parameters = 2 * len(self.steps) + (2 if self.slope else 0)
        # Sums of exact values leave rounding errors, which are no smaller misfit than none.
        return count * math.log(float(squares.sum()) / count + 1e-18) + parameters * math.log(count)

    @cached_property
    def drift_p_value(self) -> float:
        """Of a trend between the steps, as wide as the autocorrelation around the model."""
        width = scan.inflation(self.residuals, self.noise, (scan.Contrast((), 0.0),))
        return trend_p_value(self.values, self.blocks, width)


def _best_model(values: Floats, times: Floats, alpha: float) -> _Model | None:
    """The model that explains the series best, of those whose parts are all significant."""
    noise = scan.noise(values)
    levels = Levels(split=_SPLIT * alpha, arc=_ARC * alpha)
    drift_level = _DRIFT * alpha
    found: list[_Model] = []
    stepped = _Model(values, times, noise, find_steps(values, noise, levels))
    if stepped.steps:
        found.append(stepped)
    line = _Model(values, times, noise, (), slope(times, values, blocks_of(len(values), ())))
    if line.drift_p_value < drift_level:
        found.append(line)
    if not found:
        return None
    # Steps and a drift hide each other: each start finds both where it is near enough.
    if not stepped.steps or stepped.drift_p_value < drift_level:
        for start in (line.slope, neighbour_slope(times, values)):
            both = _settle(values, times, noise, start, levels)
            if both.steps and both.drift_p_value < drift_level:
                found.append(both)
    return min(found, key=_Model.criterion)


def _settle(values: Floats, times: Floats, noise: float, start: float, levels: Levels) -> _Model:
    """Steps around a slope, and the slope between the steps, in turns; without steps where they
    explain nothing.
    """
    model = _Model(values, times, noise, (), start)
    for _ in range(_ROUNDS):
        steps = find_steps(model.detrended, noise, levels)
        if not steps or steps == model.steps:
            return replace(model, steps=steps)
        incline = slope(times, values, blocks_of(len(values), steps))
        model = replace(model, steps=steps, slope=incline)
    return model


def _reported(model: _Model, *, ratios: bool) -> Iterator[Change]:
    """The model's parts as changes, in the figure's own unit."""

    def in_unit(height: float) -> float:
        return math.exp(height) if ratios else height

    ends = model.times[[0, -1]]
    blocks, heights = model.blocks, model.levels
    for number, place in enumerate(model.steps):
        before, after = blocks[number], blocks[number + 1]
        earliest, latest, p_value = _location(model, before.start, place, after.stop)
        at_step = model.slope * model.times[place]
        old, new = (in_unit(height + at_step) for height in heights[number : number + 2])
        yield Change(ChangeKind.STEP, place, earliest, latest, old, new, p_value)
    if model.slope:
        middle = statistics.median(heights)
        old, new = (in_unit(middle + model.slope * float(end)) for end in ends)
        per_run = math.expm1(model.slope) if ratios else model.slope
        last = len(model.values) - 1
        yield Change(ChangeKind.DRIFT, last, 0, last, old, new, model.drift_p_value, per_run)


def _location(model: _Model, start: int, place: int, stop: int) -> tuple[int, int, float]:
    """The first and the last place where the step may be, and the p-value of there being one."""
    values = model.detrended[start:stop]
    width = scan.inflation(values, model.noise, (scan.Contrast((place - start,), 0.0),))
    misfit = misfits(values, place - start, model.noise)
    possible = np.flatnonzero(misfit <= misfit[place - start - 1] + _LOCATION * width**2) + 1
    scores = scan.scores(values, model.noise)
    contrast = float(np.abs(scan.split_contrasts(scores, np.arange(1, len(scores)))).max())
    p_value = scan.split_p_value(contrast / width, len(scores))
    return start + int(possible[0]), start + int(possible[-1]), p_value
