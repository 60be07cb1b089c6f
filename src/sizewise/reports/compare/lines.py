"""What a comparison tells, line by line, for the terminal and for Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sizewise.analysis.compare import Comparison, FigureChange, Mark, RowChange
from sizewise.records import RunState
from sizewise.reports.figures import change_text, value_text
from sizewise.reports.text import one_line

HEADINGS = ("", "job", "figure", "base", "head", "change", "why")
NUMERIC = frozenset({3, 4, 5})
"""Columns of numbers."""

_GRAVITY = (
    Mark.NEWLY_FAILING,
    Mark.WORSE,
    Mark.PERHAPS_WORSE,
    Mark.STILL_FAILING,
    Mark.GONE,
    Mark.INCOMPARABLE,
    Mark.FIXED,
    Mark.BETTER,
    Mark.PERHAPS_BETTER,
    Mark.NEW,
    Mark.SAME,
)
"""Marks from the one to look at first."""
_COUNTED = frozenset({Mark.SAME, Mark.INCOMPARABLE})
"""Marks of figures and rows that are counted, not listed."""


def title(comparison: Comparison) -> str:
    """``kws: 20261120T031200Z-1a2b (base) and 20261121T031200Z-3c4d (head)``."""
    base, head = comparison.base, comparison.head
    suites = head.suite if base.suite == head.suite else f"{base.suite} and {head.suite}"
    return one_line(f"{suites}: {base.run_id} (base) and {head.run_id} (head)")


def verdict(comparison: Comparison) -> str:
    """``48 jobs: 1 newly failing, 3 worse, 44 same``."""
    counts = {mark: comparison.count(mark) for mark in _GRAVITY}
    told = ", ".join(f"{count} {mark}" for mark, count in counts.items() if count)
    return f"{_jobs(len(comparison.rows))}: {told}" if told else "no jobs"


def lines(comparison: Comparison) -> Iterator[tuple[Mark, tuple[str, ...]]]:
    """A line for each figure that changed and each job that did not work in both runs, the
    gravest first.
    """
    for row in sorted(comparison.rows, key=lambda row: _GRAVITY.index(row.mark)):
        name = one_line(row.job_id + (f" ({row.runtime})" if row.runtime else ""))
        if row.figures:
            for change in row.figures:
                if change.mark not in _COUNTED:
                    yield change.mark, (change.mark.value, name, *_cells(row, change))
        else:
            yield row.mark, (row.mark.value, name, "", "", "", "", one_line(row.why or ""))


def footnotes(comparison: Comparison) -> Iterator[str]:
    """What could not be compared, how the environments differ, and whether a run is cut short."""
    yield from _incomparable(comparison)
    yield from _other_models(comparison)
    for name, base, head in comparison.environment:
        yield one_line(f"environment: {name} is {_told(head)} in the head, was {_told(base)}")
    for name, run in (("base", comparison.base), ("head", comparison.head)):
        if run.state is not RunState.COMPLETE:
            yield f"the {name} run is not complete: {_jobs(len(run.missing))} without a row"


def _cells(row: RowChange, change: FigureChange) -> tuple[str, ...]:
    metric = row.head.metric if row.head else None
    return (
        change.figure.name,
        value_text(change.figure, change.base, metric),
        value_text(change.figure, change.head, metric),
        change_text(change.figure, change.base, change.head, metric),
        change.why or "",
    )


def _incomparable(comparison: Comparison) -> Iterator[str]:
    counts = Counter(
        (change.figure.name, change.why)
        for row in comparison.rows
        for change in row.figures
        if change.mark is Mark.INCOMPARABLE
    )
    for (figure, why), count in counts.items():
        yield f"{figure} not compared for {_jobs(count)}: {why}"


def _other_models(comparison: Comparison) -> Iterator[str]:
    counts = Counter(row.why for row in comparison.rows if row.figures and row.why)
    for why, count in counts.items():
        yield f"{_jobs(count)}: {why}"


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


def _told(value: object) -> str:
    return "absent" if value is None else str(value)
