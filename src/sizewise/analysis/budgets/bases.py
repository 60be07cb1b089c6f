"""What a row is compared with: the same job's rows in baseline runs, and its own run's float32."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from sizewise.analysis.budgets.figures import TIMES, samples_of, value_of, why_incomparable
from sizewise.domain import Record, Status
from sizewise.domain.budget import Figure
from sizewise.records import Run

_DIFFERENCES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Base:
    """A figure to compare with, the samples behind it if it is a time, or why there is none."""

    value: Decimal | None = None
    samples: tuple[float, ...] = ()
    lacking: str | None = None


class Bases:
    """The baselines of a run. The newest is what bytes and drift are compared with; times are
    compared with the samples of all that have the same environment.
    """

    def __init__(self, run: Run, baselines: Sequence[Run]) -> None:
        self._run = run
        self.runs = tuple(sorted(baselines, key=lambda each: each.started, reverse=True))
        self._rows = [_by_job(baseline.records) for baseline in self.runs]
        self._float32 = {
            (row.model, row.transform, row.target, row.runtime): row
            for row in run.records
            if row.encoding == "float32" and row.status is Status.OK
        }

    def in_baseline(self, figure: Figure, record: Record) -> Base:
        """The figure of the same job, in the same runtime, in the baselines."""
        if not self.runs:
            return Base(lacking="no baseline was given")
        rows = [
            (row, run)
            for by_job, run in zip(self._rows, self.runs, strict=True)
            for row in by_job.get(record.job_id, ())
        ]
        if not rows:
            return Base(lacking="a new job: the baseline does not have it")
        measured = [
            (row, run)
            for row, run in rows
            if row.status is Status.OK
            and row.runtime == record.runtime
            and value_of(figure, row) is not None
        ]
        if not measured:
            return Base(lacking=f"the baseline has no {figure} for it: {_why(rows[0][0])}")
        if figure in TIMES:
            return self._times(figure, record, measured)
        row, _ = measured[0]
        if reason := why_incomparable(figure, record, row):
            return Base(lacking=reason)
        return Base(value_of(figure, row))

    def in_float32(self, figure: Figure, record: Record) -> Base:
        """The figure of the float32 row of the same model, transform, target and runtime."""
        row = self._float32.get((record.model, record.transform, record.target, record.runtime))
        value = None if row is None else value_of(figure, row)
        if row is None or value is None:
            return Base(lacking=f"the run has no float32 row with a {figure} to compare with")
        return Base(value, samples_of(figure, row))

    def _times(self, figure: Figure, record: Record, rows: Iterable[tuple[Record, Run]]) -> Base:
        alike = [row for row, _ in rows if row.environment == record.environment]
        if not alike:
            _, newest = next(iter(rows))
            return Base(lacking=_why_elsewhere(self._run, newest))
        samples = tuple(sample for row in alike for sample in samples_of(figure, row))
        return Base(Decimal(str(median(samples))), samples)


def _by_job(records: Iterable[Record]) -> dict[str, list[Record]]:
    rows: dict[str, list[Record]] = {}
    for record in records:
        rows.setdefault(record.job_id, []).append(record)
    return rows


def _why(row: Record) -> str:
    return f"{row.status} in {row.runtime}" if row.status is Status.OK else str(row.status)


def _why_elsewhere(run: Run, baseline: Run) -> str:
    here, there = run.environment, baseline.environment
    differing = [
        f"{name} is {here.get(name)}, in the baseline {there.get(name)}"
        for name in dict.fromkeys([*here, *there])
        if here.get(name) != there.get(name)
    ]
    what = "; ".join(differing[:_DIFFERENCES_SHOWN]) or "the fingerprints differ"
    more = len(differing) - _DIFFERENCES_SHOWN
    return f"another environment: {what}" + (f"; and {more} more" if more > 0 else "")
