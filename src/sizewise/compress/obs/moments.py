"""Second moments of what reaches a kernel."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np

from sizewise.compress.obs.contractions import Contraction, Lookup
from sizewise.domain import Array

ROWS_PER_SAMPLE = 512
"""Of one sample, at most so many rows are looked at: an image has thousands, and all alike."""

_CHUNK_VALUES = 1 << 24
"""How many numbers are multiplied at once."""


@dataclass
class Moments:
    """The sum of ``x x'`` over all rows x, a 1 at the end of each, which stands for a bias.

    ``total`` is [P, inputs + 1, inputs + 1] in float64, None before the first row.
    """

    contraction: Contraction
    total: Array | None = None
    rows: int = 0
    _random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, activations: Array, samples: int) -> None:
        """Count in a batch of ``samples``. Batches may come from several threads at once."""
        limit = ROWS_PER_SAMPLE * samples
        with self._lock:
            rows = self.contraction.rows(activations, lambda count: self._pick(count, limit))
            problems, count, inputs = rows.shape
            if self.total is None:
                self.total = np.zeros((problems, inputs + 1, inputs + 1))
            step = max(1, _CHUNK_VALUES // (problems * inputs))
            for start in range(0, count, step):
                self._add_rows(rows[:, start : start + step])
            self.rows += count

    def _pick(self, count: int, limit: int) -> Array:
        if count <= limit:
            return np.arange(count)
        return np.sort(self._random.choice(count, limit, replace=False))

    def _add_rows(self, rows: Array) -> None:
        assert self.total is not None, "made before"
        known = np.ascontiguousarray(rows, np.float32)
        # What is not finite shows in the sums, and is refused when they are used.
        with np.errstate(over="ignore", invalid="ignore"):
            sums = known.sum(axis=1, dtype=np.float64)
            self.total[:, :-1, :-1] += known.swapaxes(1, 2) @ known
            self.total[:, -1, :-1] += sums
            self.total[:, :-1, -1] += sums
        self.total[:, -1, -1] += rows.shape[1]


@dataclass
class Counts:
    """The same for the rows of a table: how often each was looked up, and once more.

    A row that no sample looks up is of use, too. ``total`` is [rows of the table, 2, 2], with the
    place of a bias as ``Moments`` has it.
    """

    contraction: Lookup
    total: Array | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, activations: Array, samples: int) -> None:  # noqa: ARG002 - as in Moments
        """Count in a batch. Batches may come from several threads at once."""
        count = self.contraction.count
        numbers = activations[(activations >= 0) & (activations < count)]
        found = np.bincount(numbers, minlength=count)
        with self._lock:
            if self.total is None:
                self.total = np.zeros((count, 2, 2))
                self.total[:, 0, 0] = 1
            self.total[:, 0, 0] += found
            self.total[:, 0, 1] += found
            self.total[:, 1, 0] += found
            self.total[:, 1, 1] += activations.size


def moments_of(contraction: Contraction) -> Moments | Counts:
    """The moments of ``contraction``, before the first batch."""
    return Counts(contraction) if isinstance(contraction, Lookup) else Moments(contraction)
