"""What may be lost, and what was."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """How far a mix is from the original on some samples; see ``domain.Record``.

    ``metric`` is the mix's own, of which ``drop`` was lost. ``drop_high`` and ``agreement_low`` are
    those ends of the 95 % intervals that decide, ``drop_low`` and ``agreement_high`` the others.
    None stands for what was not measured; ``sqnr_db`` is infinite where the outputs are equal.
    """

    samples: int
    sqnr_db: float
    agreement: float | None = None
    agreement_low: float | None = None
    drop: float | None = None
    drop_high: float | None = None
    metric: float | None = None
    drop_low: float | None = None
    agreement_high: float | None = None

    @property
    def noise(self) -> float:
        """The power of the outputs' error, as a share of the outputs' own: SQNR without its dB."""
        return math.inf if self.sqnr_db == -math.inf else 10 ** (-self.sqnr_db / 10)


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be lost at the most; None does not count, and at least one is set.

    ``drop`` is in the metric's own unit, ``agreement`` a share of 1, ``sqnr_db`` in dB.
    """

    drop: float | None = None
    agreement: float | None = None
    sqnr_db: float | None = None

    def __post_init__(self) -> None:
        if self.drop is None and self.agreement is None and self.sqnr_db is None:
            raise ValueError("a budget has a limit")

    def is_kept(self, figures: Figures) -> bool:
        """Whether the estimates are within all limits."""
        return self._within(figures.drop, figures.agreement, figures.sqnr_db)

    def is_shown(self, figures: Figures) -> bool:
        """Whether the intervals are: the mix is then shown not to be inferior by more.

        SQNR has no interval.
        """
        return self._within(figures.drop_high, figures.agreement_low, figures.sqnr_db)

    def _within(self, drop: float | None, agreement: float | None, sqnr_db: float) -> bool:
        """What was not measured is not within its limit."""
        return (
            (self.drop is None or (math.inf if drop is None else drop) <= self.drop)
            and (self.agreement is None or (agreement or 0.0) >= self.agreement)
            and (self.sqnr_db is None or sqnr_db >= self.sqnr_db)
        )
