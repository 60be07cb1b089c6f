"""Two runs side by side: what got better, what got worse, and what cannot be told.

Sizes are compared exactly, drift exactly on one machine. Times can be compared only on the same
machine with the same toolchain, which the environment's fingerprint says, and never exactly:

- A *latency* is worse if the Mann-Whitney test on the raw samples says so and the medians
  differ by ``LATENCY_BAND``. The samples of a run tell how the machine jittered for a moment,
  not how it differs from night to night: of five runs of one suite on one busy machine, 43 % of
  the pairs of latencies had p < 0.05, and 6 % were beyond that band as well. Where the two
  artifacts are equal byte for byte it was the machine, and the mark has a question mark.
- A *conversion* is timed once, so there is nothing to test. Between such runs its wall-clock
  time varied by up to 3.2 times and its CPU time by up to 1.4 times. Its mark has a question
  mark always, and appears where both differ by ``CONVERSION_BAND``.

``sizewise trend`` knows what a night's noise is, and finds smaller changes of times.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sizewise.analysis.budgets.ranks import p_value_of_larger
from sizewise.analysis.figures import (
    COMPARED,
    CONVERSION_CPU,
    LATENCY,
    SQNR,
    Figure,
    Kind,
)
from sizewise.domain import Record, Status
from sizewise.records import Run

LATENCY_BAND = 1.25
"""Ratio of medians below which two latencies are the same."""
LATENCY_ALPHA = 0.01
"""Largest p-value, two-sided, that shows two latencies to differ."""
CONVERSION_BAND = 1.5
"""Ratio below which two conversion times are the same."""
SQNR_BAND = 0.1
"""Decibels by which an SQNR may differ on another machine."""
SQNR_OF_ROUNDING = 100.0
"""Decibels from which on the noise is float32 rounding, which another machine does otherwise."""
RELATIVE_BAND = 1e-6
"""Share by which other drift may differ on another machine."""


class Mark(StrEnum):
    """What became of a figure, or of a row."""

    BETTER = "better"
    WORSE = "worse"
    PERHAPS_BETTER = "better?"
    PERHAPS_WORSE = "worse?"
    SAME = "same"
    INCOMPARABLE = "incomparable"
    NEW = "new"
    GONE = "gone"
    NEWLY_FAILING = "newly failing"
    STILL_FAILING = "still failing"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A figure in both runs. ``why`` explains a mark that the two values do not."""

    figure: Figure
    base: float | None
    head: float | None
    mark: Mark
    why: str | None = None


@dataclass(frozen=True, slots=True)
class RowChange:
    """A job in both runs.

    ``figures`` are those that at least one of the two rows has, and none unless both ran.
    ``why`` says why a row fails, or that the model itself differs.
    """

    job_id: str
    runtime: str | None
    base: Record | None
    head: Record | None
    mark: Mark
    figures: tuple[FigureChange, ...] = ()
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs, row by row in the head's order, then what is gone.

    ``environment`` lists what differs: its name, the base's value and the head's.
    """

    base: Run
    head: Run
    rows: tuple[RowChange, ...]
    environment: tuple[tuple[str, object, object], ...]

    def count(self, mark: Mark) -> int:
        """How many rows have that mark."""
        return sum(row.mark is mark for row in self.rows)

    @property
    def failing(self) -> bool:
        """Whether a job fails that did not."""
        return self.count(Mark.NEWLY_FAILING) > 0

    @property
    def worse(self) -> bool:
        """Whether a figure got worse, without a question mark, or a job fails that did not."""
        return self.failing or self.count(Mark.WORSE) > 0


def compare(base: Run, head: Run) -> Comparison:
    """The rows of both runs, paired by job id, and by runtime where a job ran in several."""
    rows = [_row(head, key, old, new) for key, old, new in _pairs(base.records, head.records)]
    rows += _unmeasured(base, head)
    names = dict.fromkeys([*base.environment, *head.environment])
    differing = tuple(
        (name, base.environment.get(name), head.environment.get(name))
        for name in names
        if base.environment.get(name) != head.environment.get(name)
    )
    return Comparison(base, head, tuple(rows), differing)


_Key = tuple[str, str | None]


def _pairs(
    base: Sequence[Record], head: Sequence[Record]
) -> Iterable[tuple[_Key, Record | None, Record | None]]:
    several = _with_several_rows(base) | _with_several_rows(head)

    def keyed(records: Iterable[Record]) -> dict[_Key, Record]:
        return {
            (record.job_id, record.runtime if record.job_id in several else None): record
            for record in records
        }

    old, new = keyed(base), keyed(head)
    for key in [*new, *(key for key in old if key not in new)]:
        yield key, old.get(key), new.get(key)


def _with_several_rows(records: Iterable[Record]) -> set[str]:
    counts = Counter(record.job_id for record in records)
    return {job_id for job_id, count in counts.items() if count > 1}


def _row(head: Run, key: _Key, old: Record | None, new: Record | None) -> RowChange:
    job_id, runtime = key
    if new is None or old is None:
        mark, why = _one_sided(head, job_id, old, new)
        return RowChange(job_id, runtime, old, new, mark, why=why)
    fails, failed = (row.status is not Status.OK for row in (new, old))
    if fails or failed:
        mark = Mark.FIXED if not fails else Mark.STILL_FAILING if failed else Mark.NEWLY_FAILING
        return RowChange(job_id, runtime, old, new, mark, why=_reason(new) if fails else None)
    figures = tuple(change for figure in COMPARED if (change := _figure(figure, old, new)))
    why = None
    if old.metric == new.metric and old.metric_reference != new.metric_reference:
        why = "the untouched model's metric differs: another model, or other data"
    return RowChange(job_id, runtime, old, new, _overall(figures), figures, why)


def _one_sided(
    head: Run, job_id: str, old: Record | None, new: Record | None
) -> tuple[Mark, str | None]:
    if new is not None:
        return Mark.NEW, None if new.status is Status.OK else _reason(new)
    if job_id in head.missing and old is not None and old.status is Status.OK:
        return Mark.NEWLY_FAILING, "the run ended before it"
    return Mark.GONE, None


def _unmeasured(base: Run, head: Run) -> Iterable[RowChange]:
    """Jobs that the head was to do and did not, which the base does not know."""
    known = {record.job_id for record in base.records}
    for job_id in head.missing:
        if job_id not in known:
            yield RowChange(job_id, None, None, None, Mark.NEW, why="the run ended before it")


def _reason(record: Record) -> str:
    return f"{record.status}: {record.reason or 'no reason was given'}"


def _overall(figures: Sequence[FigureChange]) -> Mark:
    """The row's mark: anything worse makes it worse, then anything better makes it better."""
    marks = {change.mark for change in figures}
    ranking = (Mark.WORSE, Mark.BETTER, Mark.PERHAPS_WORSE, Mark.PERHAPS_BETTER, Mark.SAME)
    return next((mark for mark in ranking if mark in marks), Mark.INCOMPARABLE)


def _figure(figure: Figure, old: Record, new: Record) -> FigureChange | None:
    base, head = figure.value(old), figure.value(new)
    if base is None and head is None:
        return None
    if base is None or head is None:
        absent = "base" if base is None else "head"
        return FigureChange(
            figure, base, head, Mark.INCOMPARABLE, f"not measured in the {absent} run"
        )
    if figure.condition(old) != figure.condition(new):
        return FigureChange(
            figure, base, head, Mark.INCOMPARABLE, f"another {figure.condition_name}"
        )
    if figure.kind is Kind.TIME:
        mark, why = _time(figure, old, new)
        return FigureChange(figure, base, head, mark, why)
    exactly = figure.kind is Kind.SIZE or old.environment == new.environment
    if base == head or (not exactly and _nearly_equal(figure, base, head)):
        return FigureChange(figure, base, head, Mark.SAME)
    better = (head < base) == figure.smaller_is_better(new)
    return FigureChange(figure, base, head, Mark.BETTER if better else Mark.WORSE)


def _nearly_equal(figure: Figure, base: float, head: float) -> bool:
    if figure is SQNR:
        return min(base, head) >= SQNR_OF_ROUNDING or abs(base - head) <= SQNR_BAND
    return math.isclose(base, head, rel_tol=RELATIVE_BAND, abs_tol=RELATIVE_BAND)


def _time(figure: Figure, old: Record, new: Record) -> tuple[Mark, str | None]:
    return _latency(old, new) if figure is LATENCY else _conversion(old, new)


def _latency(old: Record, new: Record) -> tuple[Mark, str | None]:
    direction = _beyond(old.latency_seconds, new.latency_seconds, LATENCY_BAND)
    if not direction or not old.latencies_seconds or not new.latencies_seconds:
        return Mark.SAME, None
    before, after = old.latencies_seconds, new.latencies_seconds
    p = min(1.0, 2 * min(p_value_of_larger(before, after), p_value_of_larger(after, before)))
    if p > LATENCY_ALPHA:
        return Mark.SAME, f"Mann-Whitney p = {p:.2g}"
    if old.artifact_sha256 is not None and old.artifact_sha256 == new.artifact_sha256:
        mark = Mark.PERHAPS_WORSE if direction > 0 else Mark.PERHAPS_BETTER
        return mark, "the same artifact on the same machine: a moment of it, not the artifact"
    return Mark.WORSE if direction > 0 else Mark.BETTER, f"Mann-Whitney p = {p:.2g}"


def _conversion(old: Record, new: Record) -> tuple[Mark, str | None]:
    direction = _beyond(old.conversion_seconds, new.conversion_seconds, CONVERSION_BAND)
    cpu = CONVERSION_CPU.value(old), CONVERSION_CPU.value(new)
    if None not in cpu and _beyond(*cpu, CONVERSION_BAND) != direction:
        direction = 0
    if not direction:
        return Mark.SAME, None
    mark = Mark.PERHAPS_WORSE if direction > 0 else Mark.PERHAPS_BETTER
    return mark, "timed once in each run: no test can tell"


def _beyond(base: float | None, head: float | None, band: float) -> int:
    """1 if ``head`` is more than ``band`` times ``base``, -1 the other way round, else 0."""
    if not base or not head:
        return 0
    return (head > base * band) - (base > head * band)
