"""Which samples are judged on and which calibrate, where the data does not say itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sizewise.domain import Array, DataSource

CALIBRATION_SAMPLES = 100
"""How many samples a converter is calibrated with where the data does not bring its own."""


class Drawn(NamedTuple):
    """Indices of samples, ascending, in two parts without a common one."""

    judge: Array
    left_over: Array


def draw_parts(count: int, source: DataSource) -> Drawn:
    """The samples of ``count`` that the limit leaves, drawn with the seed, and those that can
    calibrate without being judged on: none where the limit left too few over.
    """
    judge = draw(range(count), source.limit or count, (source.seed,))
    left = np.setdiff1d(np.arange(count), judge)
    enough = len(left) >= CALIBRATION_SAMPLES
    return Drawn(judge, draw_calibration(left, source) if enough else left[:0])


def draw_calibration(indices: Array, source: DataSource) -> Array:
    """Those of ``indices`` that calibrate."""
    return draw(indices, CALIBRATION_SAMPLES, (source.seed, 1))


def draw(indices: Sequence[int] | Array, size: int, seed: tuple[int, ...]) -> Array:
    """``size`` of ``indices`` without replacement, or all where there are fewer, ascending."""
    if size >= len(indices):
        return np.sort(np.asarray(indices))
    return np.sort(np.random.default_rng(seed).choice(np.asarray(indices), size, replace=False))
