"""Where the level of a noisy series changes: one scan after the other until none finds more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sizewise.analysis.trend import scan
from sizewise.analysis.trend.scan import Floats


@dataclass(frozen=True, slots=True)
class Levels:
    """Significance levels of the scans: how often pure noise may seem to have a step."""

    split: float
    arc: float


def find_steps(values: Floats, noise: float, levels: Levels) -> tuple[int, ...]:
    """Places at which another level starts, in order; ``noise`` is that of a night.

    Binary segmentation (Vostrikova, "Detecting disorder in multidimensional random processes",
    Soviet Mathematics Doklady 24, 1981): the series is cut where a scan finds a significant
    contrast, then each piece on its own. Cuts are then placed anew between their neighbours,
    and those dropped that are no longer significant there.
    """
    found: list[int] = []
    pending = [(0, len(values))]
    while pending:
        start, stop = pending.pop()
        cuts = _cuts(scan.scores(values[start:stop], noise), levels)
        if cuts:
            ends = [start, *(start + cut for cut in cuts), stop]
            found += ends[1:-1]
            pending += list(pairwise(ends))
    return _settled(values, noise, levels, sorted(found))


def _cuts(scores: Floats, levels: Levels) -> tuple[int, ...]:
    split = scan.best_split(scores)
    if split is None:
        return ()
    arc = scan.best_arc(scores)
    width = scan.inflation(scores, (split,) if arc is None else (split, arc))
    if scan.split_p_value(abs(split.z) / width, len(scores)) < levels.split:
        return split.cuts
    if arc and scan.arc_p_value(abs(arc.z) / width, len(scores)) < levels.arc:
        return arc.cuts
    return ()


def _settled(
    values: Floats, noise: float, levels: Levels, places: Sequence[int]
) -> tuple[int, ...]:
    settled: list[int] = []
    for number, _ in enumerate(places):
        start = settled[-1] if settled else 0
        stop = places[number + 1] if number + 1 < len(places) else len(values)
        scores = scan.scores(values[start:stop], noise)
        split = scan.best_split(scores)
        if split is None:
            continue
        width = scan.inflation(scores, (split,))
        if scan.split_p_value(abs(split.z) / width, len(scores)) < levels.split:
            settled.append(start + split.cuts[0])
    return tuple(settled)


def blocks_of(count: int, places: Sequence[int]) -> tuple[slice, ...]:
    """The stretches between steps."""
    ends = [0, *places, count]
    return tuple(slice(start, stop) for start, stop in pairwise(ends))


def level(values: Floats, noise: float) -> float:
    """The level of a stretch: its median, moved by the mean of the clipped distances from it."""
    middle = float(np.median(values))
    limit = scan.CLIP * noise
    return middle + float(np.mean(np.clip(values - middle, -limit, limit)))
