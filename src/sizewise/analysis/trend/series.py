"""From runs to series: for each job and figure, its values night by night."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sizewise.analysis.figures import WATCHED, Figure
from sizewise.domain import Record, Status
from sizewise.records import Run


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one figure of one job, as far as they are comparable.

    ``places`` are the runs that have a value, counted in all runs of the history from the
    oldest; a run without the job, or where it failed, is a gap. ``condition`` is what all of
    them were measured under: a fingerprint for times, a compressor for compressed sizes.
    ``runtime`` is None where the job ran in one only.
    """

    suite: str
    job_id: str
    runtime: str | None
    figure: Figure
    condition: str | None
    smaller_is_better: bool
    metric: str | None
    places: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Failing:
    """A job that does not work: since which run (its place), and why in the newest."""

    suite: str
    job_id: str
    runtime: str | None
    since: int
    reason: str


_Row = tuple[str, str, str | None]
"""Suite, job id, and the runtime where a job has several."""


def rows_of(runs: Sequence[Run]) -> dict[_Row, list[tuple[int, Record]]]:
    """The rows of each job with their runs' places; ``runs`` are in order of time."""
    counts: Counter[tuple[str, str]] = Counter()
    for run in runs:
        own = Counter((run.suite, record.job_id) for record in run.records)
        counts |= own
    rows: dict[_Row, list[tuple[int, Record]]] = {}
    for place, run in enumerate(runs):
        for record in run.records:
            several = counts[run.suite, record.job_id] > 1
            key = (run.suite, record.job_id, record.runtime if several else None)
            rows.setdefault(key, []).append((place, record))
    return rows


def series_of(key: _Row, rows: Sequence[tuple[int, Record]]) -> list[Series]:
    """All series of one job, figure by figure, each condition on its own."""
    suite, job_id, runtime = key
    working = [(place, record) for place, record in rows if record.status is Status.OK]
    found = []
    for figure in WATCHED:
        points: defaultdict[str | None, list[tuple[int, float, Record]]] = defaultdict(list)
        for place, record in working:
            value = figure.value(record)
            if value is not None:
                points[figure.condition(record)].append((place, value, record))
        for condition, measured in points.items():
            places, values, records = zip(*measured, strict=True)
            down = any(figure.smaller_is_better(record) for record in records)
            metric = records[-1].metric
            found.append(
                Series(suite, job_id, runtime, figure, condition, down, metric, places, values)
            )
    return found


def failing_of(key: _Row, rows: Sequence[tuple[int, Record]], newest: int) -> Failing | None:
    """The job if its row in the suite's newest run failed, and the first of the failures that
    lead up to it; None if it works, or is in that run no more.
    """
    place, record = rows[-1]
    if place != newest or record.status is Status.OK:
        return None
    since = place
    for earlier, row in reversed(rows):
        if row.status is Status.OK:
            break
        since = earlier
    return Failing(*key, since, f"{record.status}: {record.reason or 'no reason was given'}")
