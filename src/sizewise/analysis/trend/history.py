"""All series of a history with what happened in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from sizewise.analysis.figures import Kind, Unit
from sizewise.analysis.trend.changes import Behaviour, Change, ChangeKind, Verdict, find_changes
from sizewise.analysis.trend.series import Failing, Series, failing_of, rows_of, series_of
from sizewise.records import Run

ALPHA = 0.05
"""Chance of a false alarm in a series that only varies."""


@dataclass(frozen=True, slots=True)
class RunPoint:
    """A run of the history, without its rows."""

    suite: str
    run_id: str
    started: datetime
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A series and what happened in it."""

    series: Series
    verdict: Verdict

    def worsens(self, change: Change) -> bool:
        """Whether a change is one for the worse."""
        return (change.new > change.old) == self.series.smaller_is_better


@dataclass(frozen=True, slots=True)
class Trend:
    """A history: its runs from the oldest, its series, and the jobs that fail in the newest run
    of their suite.

    ``surely_below`` is what a change's p-value must not exceed for it to stand out among all
    the series of the history, and not only in its own.
    """

    runs: tuple[RunPoint, ...]
    series: tuple[Watched, ...]
    failing: tuple[Failing, ...]
    alpha: float
    surely_below: float

    def changes(self) -> Iterator[tuple[Watched, Change]]:
        """Every change of every series: the sure ones first, of these the newest."""
        every = [(watched, change) for watched in self.series for change in watched.verdict.changes]
        every.sort(key=lambda pair: self.run_of(*pair).started, reverse=True)
        every.sort(key=lambda pair: not self.sure(pair[1]))
        return iter(every)

    def sure(self, change: Change) -> bool:
        """Whether a change stands out even though so many series were looked at."""
        return change.p_value is None or change.p_value <= self.surely_below

    def run_of(self, watched: Watched, change: Change) -> RunPoint:
        """The run at which a change happened, or to which a drift goes."""
        return self.runs[watched.series.places[change.place]]

    def between(self, watched: Watched, change: Change) -> tuple[RunPoint, RunPoint]:
        """The first and last run that the change may have happened at, or a drift's ends."""
        places = watched.series.places
        return self.runs[places[change.earliest]], self.runs[places[change.latest]]

    def elsewhere(self, watched: Watched, change: Change) -> bool:
        """Whether the environment changed with a step: the toolchain may be its cause."""
        if change.kind is not ChangeKind.STEP:
            return False
        places = watched.series.places
        before, after = (self.runs[places[place]] for place in (change.place - 1, change.place))
        return before.fingerprint != after.fingerprint


def watch(runs: Sequence[Run], *, alpha: float = ALPHA) -> Trend:
    """The trend of runs, of one suite or several, in any order."""
    ordered = sorted(runs, key=lambda run: (run.started, run.run_id))
    times = _times(ordered)
    newest = {run.suite: place for place, run in enumerate(ordered)}
    watched, failing = [], []
    for key, rows in rows_of(ordered).items():
        watched += [
            Watched(series, _verdict(series, times, alpha)) for series in series_of(key, rows)
        ]
        if found := failing_of(key, rows, newest[key[0]]):
            failing.append(found)
    points = tuple(RunPoint(r.suite, r.run_id, r.started, r.fingerprint) for r in ordered)
    return Trend(points, tuple(watched), tuple(failing), alpha, _surely_below(watched, alpha))


def _surely_below(watched: Sequence[Watched], alpha: float) -> float:
    """The largest p-value that controls the false discovery rate: of the changes up to it, a
    share of ``alpha`` is chance. Benjamini and Hochberg, "Controlling the false discovery rate",
    Journal of the Royal Statistical Society B 57, 1995; a series counts with its least p-value.
    """
    tested = [
        [change.p_value for change in each.verdict.changes if change.p_value is not None]
        for each in watched
        if each.verdict.behaviour is Behaviour.VARIES
        or any(change.p_value is not None for change in each.verdict.changes)
    ]
    least = sorted(min(p_values) for p_values in tested if p_values)
    limits = (alpha * rank / len(tested) for rank in range(1, len(least) + 1))
    return max(
        (p_value for p_value, limit in zip(least, limits, strict=True) if p_value <= limit),
        default=0.0,
    )


def _times(runs: Sequence[Run]) -> list[float]:
    """When each run started, in units of the usual distance of two runs of its suite.

    For a nightly suite that is a night, whether or not some are missing.
    """
    starts: dict[str, list[float]] = {}
    for run in runs:
        starts.setdefault(run.suite, []).append(run.started.timestamp())
    units = {suite: _usual_distance(seconds) for suite, seconds in starts.items()}
    return [run.started.timestamp() / units[run.suite] for run in runs]


def _usual_distance(seconds: Sequence[float]) -> float:
    distances = [later - earlier for earlier, later in pairwise(seconds)]
    return (median(distances) if distances else 0.0) or 1.0


def _verdict(series: Series, times: Sequence[float], alpha: float) -> Verdict:
    figure = series.figure
    return find_changes(
        series.values,
        [times[place] - times[series.places[0]] for place in series.places],
        repeats=figure.kind is not Kind.TIME,
        ratios=figure.unit in {Unit.BYTES, Unit.SECONDS},
        alpha=alpha,
    )
