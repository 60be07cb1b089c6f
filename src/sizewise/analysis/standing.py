"""How a row stands against limits on what it may lose, each judged on its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from sizewise.analysis.limits import Verdict
from sizewise.analysis.power import samples_needed
from sizewise.domain import Limit, Record


class Criterion(StrEnum):
    """What a loss is seen in."""

    DROP = "drop"
    AGREEMENT = "agreement"
    SQNR = "sqnr"

    def drift(self, record: Record) -> float | None:
        """The row's distance from the reference: smaller is better; None if not measured.

        The metric's drop, the share of samples that disagree, or the negative SQNR in dB,
        which is minus infinity where the outputs are equal.
        """
        if self is Criterion.DROP:
            return record.metric_drop
        if self is Criterion.AGREEMENT:
            return None if record.agreement is None else 1 - record.agreement
        sqnr = sqnr_of(record)
        return None if sqnr is None else -sqnr


def sqnr_of(record: Record) -> float | None:
    """The row's SQNR in dB; infinity where the outputs are equal to the reference's, for which
    a record has None.
    """
    if record.sqnr_db is None and record.max_abs_error == 0:
        return math.inf
    return record.sqnr_db


@dataclass(frozen=True, slots=True)
class Limits:
    """What was asked for. None does not count; if all are None, each row's own limit does.

    ``min_agreement`` is a share of 1, ``min_sqnr`` is in dB.
    """

    max_drop: Limit | None = None
    min_agreement: float | None = None
    min_sqnr: float | None = None

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria that limits were given for."""
        given = {
            Criterion.DROP: self.max_drop,
            Criterion.AGREEMENT: self.min_agreement,
            Criterion.SQNR: self.min_sqnr,
        }
        return tuple(criterion for criterion, limit in given.items() if limit is not None)


@dataclass(frozen=True, slots=True)
class Standing:
    """A row's figure against one limit.

    ``low`` and ``high`` are the ends of its 95 % interval. ``excess`` is how far the end that
    decides lies beyond the limit, in units of what the limit allows; it is negative within.
    ``samples_needed`` says how many samples would settle an undecided case. All are None, or
    infinite, where the figure is not measured.
    """

    criterion: Criterion
    verdict: Verdict
    limit: float | None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    excess: float = math.inf
    samples_needed: int | None = None


def stand(record: Record, limits: Limits) -> tuple[Standing, ...]:
    """The row's standing against each limit that was given, or against its own ``max_drop``.

    Empty where neither is there.
    """
    standings = []
    if limits.max_drop is not None:
        reference = record.metric_reference
        limit = None if reference is None else limits.max_drop.absolute(reference)
        standings.append(_drop(record, limit))
    if limits.min_agreement is not None:
        standings.append(_agreement(record, limits.min_agreement))
    if limits.min_sqnr is not None:
        standings.append(_sqnr(record, limits.min_sqnr))
    if not limits.criteria and record.max_drop is not None:
        standings.append(_drop(record, record.max_drop))
    return tuple(standings)


def _drop(record: Record, limit: float | None) -> Standing:
    drop, low, high = record.metric_drop, record.metric_drop_low, record.metric_drop_high
    if limit is None or drop is None or low is None or high is None:
        return Standing(Criterion.DROP, Verdict.UNKNOWN, limit, drop, low, high)
    verdict = _verdict(high <= limit, low > limit)
    return Standing(
        Criterion.DROP,
        verdict,
        limit,
        drop,
        low,
        high,
        excess=(high - limit) / (limit or 1.0),
        samples_needed=_needed(record, verdict, high - drop, limit - drop),
    )


def _agreement(record: Record, limit: float) -> Standing:
    share, low, high = record.agreement, record.agreement_low, record.agreement_high
    if share is None or low is None or high is None:
        return Standing(Criterion.AGREEMENT, Verdict.UNKNOWN, limit, share, low, high)
    verdict = _verdict(low >= limit, high < limit)
    return Standing(
        Criterion.AGREEMENT,
        verdict,
        limit,
        share,
        low,
        high,
        excess=(limit - low) / ((1 - limit) or 1.0),
        samples_needed=_needed(record, verdict, share - low, share - limit),
    )


def _sqnr(record: Record, limit: float) -> Standing:
    sqnr = sqnr_of(record)
    if sqnr is None:
        return Standing(Criterion.SQNR, Verdict.UNKNOWN, limit)
    verdict = _verdict(sqnr >= limit, sqnr < limit)
    return Standing(
        Criterion.SQNR, verdict, limit, record.sqnr_db, excess=(limit - sqnr) / (abs(limit) or 1.0)
    )


def _verdict(within: bool, beyond: bool) -> Verdict:  # noqa: FBT001 - two facts, not options
    if within:
        return Verdict.WITHIN
    return Verdict.BEYOND if beyond else Verdict.UNDECIDED


def _needed(record: Record, verdict: Verdict, half_width: float, margin: float) -> int | None:
    if verdict is not Verdict.UNDECIDED or not record.samples:
        return None
    return samples_needed(record.samples, max(half_width, 0.0), margin)
