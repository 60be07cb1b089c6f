"""What a trend tells, line by line, for the terminal and for Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from statistics import median

from sizewise.analysis.trend import Behaviour, Change, ChangeKind, Trend, Watched
from sizewise.records.history import History
from sizewise.reports.figures import change_text, rate_text, value_text
from sizewise.reports.text import one_line

HEADINGS = ("", "run", "job", "figure", "what", "old → new", "change", "chance", "history")
NUMERIC = frozenset({6, 7})
"""Columns of numbers."""
EXPLANATION = (
    "A step is dated to the first run with the new level; where noise leaves that open, to a "
    "range of days. Chance: that noise alone looks like that in a series; none where a figure "
    "repeats itself exactly. A ? says that among so many series it may be chance."
)
"""What the headings do not say."""

MOST = 100
"""Changes that a text lists."""
MARKS = ("worse", "better", "worse?", "better?")
"""What a change can be."""

_BARS = "▁▂▃▄▅▆▇█"
BARS_SHOWN = 16
"""Bars of a history where there is room."""
_LEAST_CHANCE = 0.0001
_BEHAVIOURS = {
    Behaviour.CHANGES: "changed",
    Behaviour.CONSTANT: "are constant",
    Behaviour.VARIES: "vary without a change that can be shown",
    Behaviour.TOO_SHORT: "vary over too few runs to tell more",
}


def lines(
    trend: Trend, most: int | None = None, bars: int = BARS_SHOWN
) -> Iterator[tuple[str, ...]]:
    """A line for each change, the surest and newest first, but not more than ``most``: a cell for
    each heading, with line ends where it may be broken, and ``bars`` for a history.
    """
    for watched, change in islice(trend.changes(), most):
        yield _cells(trend, watched, change, bars)


def unlisted(trend: Trend, most: int) -> Iterator[str]:
    """A line that says how many changes there are beyond ``most``, if any."""
    if (count := sum(1 for _ in trend.changes()) - most) > 0:
        yield f"and {count} more, which --format json lists"


def mark(trend: Trend, watched: Watched, change: Change) -> str:
    """``worse`` or ``better``, with a question mark where it may be chance."""
    word = "worse" if watched.worsens(change) else "better"
    return word if trend.sure(change) else f"{word}?"


def verdict(trend: Trend) -> str:
    """``3 worse, 1 better, 2 worse?, 1 job fails``."""
    marks = Counter(mark(trend, *pair) for pair in trend.changes())
    parts = [f"{marks[word]} {word}" for word in MARKS if marks[word]]
    if trend.failing:
        parts.append(
            "1 job fails" if len(trend.failing) == 1 else f"{len(trend.failing)} jobs fail"
        )
    return ", ".join(parts) or "nothing changed"


def failures(trend: Trend) -> Iterator[str]:
    """A line for each job that fails in the newest run of its suite."""
    for failing in trend.failing:
        since = trend.runs[failing.since].run_id
        name = _name(trend, failing.suite, failing.job_id, failing.runtime)
        yield one_line(f"{name}: fails since {since}: {failing.reason}")


def footnotes(trend: Trend, history: History) -> Iterator[str]:
    """What was looked at, what was left out, and how many marks chance makes."""
    counts = Counter(watched.verdict.behaviour for watched in trend.series)
    told = [f"{counts[each]} {text}" for each, text in _BEHAVIOURS.items() if counts[each]]
    yield ", ".join([f"{len(trend.runs)} runs, {len(trend.series)} series", *told])
    if counts[Behaviour.VARIES] or counts[Behaviour.CHANGES]:
        yield (
            f"of 100 series that only vary, at most {trend.alpha * 100:g} are listed by chance: "
            "--alpha asks for fewer"
        )
    for error in history.unreadable:
        yield one_line(f"left out: {error}")
    if history.repeated:
        count = len(history.repeated)
        copies = "1 copy" if count == 1 else f"{count} copies"
        yield f"left out: {copies} of runs that are there already"


def sparkline(values: Sequence[float], width: int = BARS_SHOWN) -> str:
    """``▁▁▂▁▇▇▆▇``: from the least value to the largest; a bar is the median of its stretch."""
    count = min(width, len(values))
    ends = [place * len(values) // count for place in range(count + 1)]
    shown = [median(values[start:stop]) for start, stop in pairwise(ends)]
    low, high = min(shown), max(shown)
    if low == high:
        return _BARS[0] * count
    last = len(_BARS) - 1
    return "".join(_BARS[round((value - low) / (high - low) * last)] for value in shown)


def _cells(trend: Trend, watched: Watched, change: Change, bars: int) -> tuple[str, ...]:
    series = watched.series
    old, new = (value_text(series.figure, each, series.metric) for each in (change.old, change.new))
    return (
        mark(trend, watched, change),
        _when(trend, watched, change),
        _name(trend, series.suite, series.job_id, series.runtime),
        series.figure.name,
        change.kind + (",\nnew environment" if trend.elsewhere(watched, change) else ""),
        f"{old} → {new}",
        _change(watched, change),
        _chance(change.p_value),
        sparkline(series.values, bars),
    )


def _name(trend: Trend, suite: str, job_id: str, runtime: str | None) -> str:
    """The job, with its suite and its runtime where there are several."""
    several = len({run.suite for run in trend.runs}) > 1
    name = f"{suite}: {job_id}" if several else job_id
    return one_line(name + (f" ({runtime})" if runtime else ""))


def _when(trend: Trend, watched: Watched, change: Change) -> str:
    first, last = trend.between(watched, change)
    if change.kind is ChangeKind.DRIFT:
        return f"{first.started:%Y-%m-%d} to\n{last.started:%Y-%m-%d}"
    run_id = one_line(trend.run_of(watched, change).run_id)
    if first == last:
        return run_id
    return f"{run_id}\n({first.started:%m-%d} to {last.started:%m-%d})"


def _change(watched: Watched, change: Change) -> str:
    figure, metric = watched.series.figure, watched.series.metric
    text = change_text(figure, change.old, change.new, metric)
    if change.per_run is None:
        return text
    return f"{text},\n{rate_text(figure, change.per_run, metric)} a run"


def _chance(p_value: float | None) -> str:
    if p_value is None:
        return "none"
    return f"< {_LEAST_CHANCE}" if p_value < _LEAST_CHANCE else f"{p_value:.2g}"
