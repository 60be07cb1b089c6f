"""What a tuner is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sizewise.domain.limit import Limit


class Goal(StrEnum):
    """Of an artifact's sizes the one that is to be small."""

    BROTLI = "brotli"
    """As a server sends it: each file compressed on its own."""
    RAW = "raw"
    """As it is stored."""


class Evidence(StrEnum):
    """What of the drift on the samples to judge on has to keep a limit."""

    SHOWN = "shown"
    """The end of its 95 % interval: more is lost only by a chance that is known."""
    ESTIMATED = "estimated"
    """The figure itself, whatever its interval."""


@dataclass(frozen=True, slots=True)
class Auto:
    """The smallest mix of encodings that is shown to lose no more than this.

    ``max_drop`` is of the model's metric, ``agreement`` a share of 1, ``sqnr_db`` in dB; those
    that are None do not count. Without any, the model's own limit of its metric's drop does.
    ``trials`` is how many mixes are run on the samples to judge on at the most,
    ``time_limit_seconds`` after what time no other trial begins, ``seed`` that of the draw of
    samples.
    """

    max_drop: Limit | None = None
    agreement: float | None = None
    sqnr_db: float | None = None
    goal: Goal = Goal.BROTLI
    time_limit_seconds: float = 600.0
    trials: int = 8
    seed: int = 0
    evidence: Evidence = Evidence.SHOWN

    @property
    def has_limits(self) -> bool:
        """Whether it says what may be lost."""
        return not (self.max_drop is None and self.agreement is None and self.sqnr_db is None)
