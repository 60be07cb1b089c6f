"""Where the level of a noisy series changes: one scan after the other until none finds more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sizewise.analysis.trend import scan
from sizewise.analysis.trend.scan import Floats

FAR = 4.0
"""Noise units from a level beyond which a value speaks for it no less."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Significance levels of the scans: how often pure noise may seem to have a step."""

    split: float
    arc: float

    def halved(self) -> Levels:
        """For the pieces of a series that was cut, so that all of them add up."""
        return Levels(self.split / 2, self.arc / 2)


def find_steps(values: Floats, noise: float, levels: Levels) -> tuple[int, ...]:
    """Places at which another level starts, in order; ``noise`` is that of a night.

    Binary segmentation (Vostrikova, "Detecting disorder in multidimensional random processes",
    Soviet Mathematics Doklady 24, 1981): the series is cut where a scan finds a significant
    contrast, then each piece on its own. Cuts are then placed anew between their neighbours,
    and those dropped that are no longer significant there.
    """
    found: list[int] = []
    pending = [(0, len(values), levels)]
    while pending:
        start, stop, allowed = pending.pop()
        cuts = _cuts(values[start:stop], noise, allowed)
        if cuts:
            ends = [start, *(start + cut for cut in cuts), stop]
            found += ends[1:-1]
            pending += [(*piece, allowed.halved()) for piece in pairwise(ends)]
    return _settled(values, noise, levels, sorted(found))


def misfits(values: Floats, place: int, noise: float) -> Floats:
    """How badly each place from 1 on explains a piece with one step, in squared noise units.

    The levels are those before and after ``place``. Squares are cut off at ``FAR``, so that a
    wild night draws no step to itself: the loss of Fearnhead and Rigaill, "Changepoint
    detection in the presence of outliers", JASA 114, 2019.
    """
    # Without any noise each value speaks for the nearer level alone.
    unit = noise or float(np.finfo(float).tiny)
    before, after = (
        np.square(np.minimum(np.abs(values - level(piece, noise)) / unit, FAR))
        for piece in (values[:place], values[place:])
    )
    return np.asarray(before.cumsum()[:-1] + after[::-1].cumsum()[-2::-1])


def _cuts(values: Floats, noise: float, levels: Levels) -> tuple[int, ...]:
    count = len(values)
    if count < 2 * scan.SHORTEST:
        return ()
    scores = scan.scores(values, noise)
    split, arc = scan.best_split(scores), scan.best_arc(scores)
    tests = (
        (split, scan.split_p_value, levels.split),
        (arc, scan.arc_p_value, levels.arc),
    )
    contrasts = [contrast for contrast in (split, arc) if contrast]
    width = 0.0
    for contrast, p_value, allowed in tests:
        if contrast is None or p_value(abs(contrast.z), count) >= allowed:
            continue
        # Autocorrelation makes a contrast less sure, never more.
        width = width or scan.inflation(values, noise, contrasts)
        if width == 1 or p_value(abs(contrast.z) / width, count) < allowed:
            return contrast.cuts
    return ()


def _settled(
    values: Floats, noise: float, levels: Levels, places: Sequence[int]
) -> tuple[int, ...]:
    settled: list[int] = []
    for number, _ in enumerate(places):
        start = settled[-1] if settled else 0
        stop = places[number + 1] if number + 1 < len(places) else len(values)
        piece = values[start:stop]
        split = scan.best_split(scan.scores(piece, noise))
        if split is None:
            continue
        width = scan.inflation(piece, noise, (split,))
        if scan.split_p_value(abs(split.z) / width, len(piece)) < levels.split:
            settled.append(start + 1 + int(misfits(piece, split.cuts[0], noise).argmin()))
    return tuple(settled)


def blocks_of(count: int, places: Sequence[int]) -> tuple[slice, ...]:
    """The stretches between steps."""
    ends = [0, *places, count]
    return tuple(slice(start, stop) for start, stop in pairwise(ends))


def level(values: Floats, noise: float) -> float:
    """The level of a stretch: its median, moved by the mean of the clipped distances from it."""
    middle = scan.median(values)
    limit = scan.CLIP * noise
    return middle + float(scan.clipped(values - middle, limit).sum()) / len(values)
