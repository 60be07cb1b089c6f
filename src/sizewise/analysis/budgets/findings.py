"""The verdicts on budgets."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sizewise.domain.budget import Rule
from sizewise.records import Run


class Outcome(StrEnum):
    """What became of one rule for one job."""

    KEPT = "kept"
    BROKEN = "broken"
    UNDECIDED = "undecided"
    """A time is beyond its limit, but so few or so scattered samples do not show it."""
    INCOMPARABLE = "incomparable"
    """The baseline has no such row, or measured it in another way or on another machine."""
    NOT_MEASURED = "not measured"
    """The figure should be there and is not."""


EXIT_KEPT, EXIT_BROKEN, EXIT_NOT_MEASURED = 0, 1, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule and one row.

    ``actual`` is the row's figure, ``base`` what it was in the baseline or when the budget was
    set, ``high`` and ``low`` are the limits that follow; all are in the figure's own unit:
    bytes, files, the metric's unit, shares of 1, dB, seconds. None where there is none.
    """

    pattern: str
    rule: Rule
    job_id: str
    outcome: Outcome
    runtime: str | None = None
    metric: str | None = None
    actual: Decimal | None = None
    base: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    reason: str | None = None

    @property
    def change(self) -> Decimal | None:
        """``actual`` less ``base``; None where one of them is absent or infinite."""
        if self.actual is None or self.base is None:
            return None
        if not (self.actual.is_finite() and self.base.is_finite()):
            return None
        return self.actual - self.base


@dataclass(frozen=True, slots=True)
class Judgement:
    """All findings on a run.

    ``baselines`` are those that it was compared with, the newest first. ``unguarded`` are the
    jobs that no budget is for.
    """

    run: Run
    baselines: tuple[Run, ...]
    findings: tuple[Finding, ...]
    unguarded: tuple[str, ...]

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many findings of each outcome there are, zeros included."""
        found = Counter(finding.outcome for finding in self.findings)
        return {outcome: found[outcome] for outcome in Outcome}

    @property
    def exit_code(self) -> int:
        """1 if a budget is broken; else 3 if a job failed, is missing or lacks the figure, or
        nothing was measured at all; else 0.
        """
        counts = self.counts
        if counts[Outcome.BROKEN]:
            return EXIT_BROKEN
        if counts[Outcome.NOT_MEASURED] or not self.findings:
            return EXIT_NOT_MEASURED
        return EXIT_KEPT

    def of(self, outcome: Outcome) -> tuple[Finding, ...]:
        """The findings with this outcome."""
        return tuple(finding for finding in self.findings if finding.outcome is outcome)
