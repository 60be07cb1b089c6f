"""Is a variant's loss of metric within its limit: shown, refuted, or neither?"""

from __future__ import annotations

from enum import StrEnum

from sizewise.domain import Record, Status


class Verdict(StrEnum):
    """What the samples say about a loss and its limit."""

    WITHIN = "within"
    """The whole interval is at most the limit: non-inferiority is shown."""
    UNDECIDED = "undecided"
    """The limit lies inside the interval: more samples would settle it."""
    BEYOND = "beyond"
    """The whole interval is above the limit."""
    UNKNOWN = "unknown"
    """There is no loss to judge, for want of labels or because the job failed."""


def judge(record: Record) -> Verdict:
    """The verdict on ``metric_drop`` and ``max_drop``, by the drop's paired 95 % interval.

    The test of non-inferiority by a confidence interval: Piaggio et al., "Reporting of
    noninferiority and equivalence randomized trials", JAMA 308 (2012).
    """
    low, high, limit = record.metric_drop_low, record.metric_drop_high, record.max_drop
    if record.status is not Status.OK or low is None or high is None or limit is None:
        return Verdict.UNKNOWN
    if high <= limit:
        return Verdict.WITHIN
    return Verdict.BEYOND if low > limit else Verdict.UNDECIDED
