"""The page of a history: what changed and when, and every figure of every job as a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sizewise.analysis.trend import Change, ChangeKind, Trend, Watched
from sizewise.records.history import History
from sizewise.reports.figures import change_text, value_text
from sizewise.reports.html.markup import Markup, element
from sizewise.reports.html.page import page
from sizewise.reports.pictures import history_spec
from sizewise.reports.pictures.theme import Spec
from sizewise.reports.text import one_line
from sizewise.reports.trend.lines import (
    EXPLANATION,
    HEADINGS,
    NUMERIC,
    failures,
    footnotes,
    lines,
    verdict,
)

_SHOWN = 12
"""Changed series that are drawn without being asked for."""
_WHOLE = frozenset({"job", "old → new"})
"""Columns whose cells stay in one line where the others are broken."""
_COLUMNS = range(len(HEADINGS) - 1)
"""All but the last: a line of block characters, for which there are charts here."""


def trend_page(trend: Trend, history: History) -> str:
    """The trend as one HTML file: the changes, their lines, and any other line to choose.

    A run's tooltip has all that was watched of the job in that run.
    """
    charts: list[Spec] = []
    data = _data(trend, charts)
    main = [_changes(trend), _lines(trend), _notes(trend, history)]
    suites = sorted({run.suite for run in trend.runs})
    title = one_line(", ".join(suites)) or "no runs"
    header = [element("h1", f"{title} over time"), element("p", _facts(trend), class_="facts")]
    return page(f"{title}: sizewise trend", header, main, charts, scripts=("trend.js",), data=data)


def _facts(trend: Trend) -> str:
    if not trend.runs:
        return "no runs"
    first, last = trend.runs[0].started, trend.runs[-1].started
    return f"{len(trend.runs)} runs · {first:%d %B %Y} to {last:%d %B %Y}"


def _changes(trend: Trend) -> Markup:
    worse = trend.failing or any(watched.worsens(change) for watched, change in trend.changes())
    banner = element("p", _sentence(verdict(trend)), class_="ship")
    parts = [element("div", banner, class_="verdict none" if worse else "verdict")]
    rows = [_change_row(cells) for cells in lines(trend)]
    if rows:
        head = element("tr", *map(_heading, _COLUMNS))
        table = element("table", element("thead", head), element("tbody", *rows))
        scroll = {
            "class_": "scroll wrapped",
            "tabindex": "0",
            "role": "region",
            "aria_label": "Changes",
        }
        parts.append(element("div", table, **scroll))
        parts.append(element("p", EXPLANATION, class_="note"))
    parts += [element("p", line, class_="lacks") for line in failures(trend)]
    return element("section", element("h2", "What changed"), *parts, class_="sheet model")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _heading(place: int) -> Markup:
    class_ = "number" if place in NUMERIC else None
    return element("th", HEADINGS[place], scope="col", class_=class_)


def _class_of(place: int) -> str | None:
    if place in NUMERIC:
        return "number"
    return "whole" if HEADINGS[place] in _WHOLE else None


def _change_row(cells: Sequence[str]) -> Markup:
    tone = cells[0].rstrip("?")
    shown = [element("td", one_line(cells[place]), class_=_class_of(place)) for place in _COLUMNS]
    return element("tr", element("td", cells[0], class_=tone), *shown[1:])


def _lines(trend: Trend) -> Markup:
    """Where the script draws; without it the page says so."""
    picker = element(
        "div",
        element("label", "Job", element("select", id="job")),
        element("label", "Figure", element("select", id="figure")),
        class_="picker",
    )
    changed = sum(bool(watched.verdict.changes) for watched in trend.series)
    more = f", the {_SHOWN} newest" if changed > _SHOWN else ""
    return element(
        "section",
        element("h2", "Every figure"),
        element("noscript", element("p", "The lines need JavaScript.", class_="lacks")),
        picker,
        element("div", class_="chart", id="chosen", role="img", aria_label="The chosen figure"),
        *([element("h3", f"Series that changed{more}")] if changed else []),
        element("div", id="changed", class_="histories"),
        class_="sheet model",
    )


def _notes(trend: Trend, history: History) -> Markup:
    items = [element("li", line) for line in footnotes(trend, history)]
    return element(
        "section",
        element("h2", "What was looked at"),
        element("ul", *items, class_="plain"),
        class_="sheet model",
    )


def _data(trend: Trend, charts: list[Spec]) -> Mapping[str, Any]:
    """Runs, series, and the places of those that changed, the newest change first."""
    places = {id(watched): place for place, watched in enumerate(trend.series)}
    changed = dict.fromkeys(places[id(watched)] for watched, _ in trend.changes())
    specs: dict[tuple[str, str | None], int] = {}
    series = []
    for watched in trend.series:
        key = (watched.series.figure.name, watched.series.metric)
        if key not in specs:
            specs[key] = len(charts)
            charts.append(history_spec(watched.series.figure, watched.series.metric))
        series.append(_series(trend, watched) | {"chart": specs[key]})
    runs = [
        {"id": one_line(run.run_id), "time": run.started.isoformat(), "on": run.fingerprint}
        for run in trend.runs
    ]
    return {"runs": runs, "series": series, "changed": list(changed)[:_SHOWN]}


def _series(trend: Trend, watched: Watched) -> dict[str, Any]:
    series = watched.series
    runtime = f" in {series.runtime}" if series.runtime else ""
    condition = f", {series.condition}" if series.condition else ""
    several = len({run.suite for run in trend.runs}) > 1
    suite = f"{series.suite}: " if several else ""
    texts = [value_text(series.figure, value, series.metric) for value in series.values]
    return {
        "job": one_line(f"{suite}{series.job_id}{runtime}"),
        "figure": series.figure.name,
        "condition": one_line(condition.removeprefix(", ")),
        "places": list(series.places),
        "values": list(series.values),
        "texts": texts,
        "changes": [_change(watched, change) for change in watched.verdict.changes],
        "levels": list(_levels(watched)),
    }


def _change(watched: Watched, change: Change) -> dict[str, Any]:
    """Its places count the series' own values."""
    series = watched.series
    return {
        "place": change.place,
        "earliest": change.earliest,
        "latest": change.latest,
        "step": change.kind is not ChangeKind.DRIFT,
        "kind": "worse" if watched.worsens(change) else "better",
        "text": change_text(series.figure, change.old, change.new, series.metric),
    }


def _levels(watched: Watched) -> Iterator[dict[str, Any]]:
    """Levels between steps as (from, to, old, new), and drifts from end to end."""
    changes = watched.verdict.changes
    drifts = [change for change in changes if change.kind is ChangeKind.DRIFT]
    for drift in drifts:
        yield {"from": drift.earliest, "to": drift.latest, "old": drift.old, "new": drift.new}
    steps = [change for change in changes if change.kind is ChangeKind.STEP]
    if drifts or not steps:
        return
    ends = [0, *(step.place for step in steps), len(watched.series.values)]
    heights = [steps[0].old, *(step.new for step in steps)]
    for (start, stop), height in zip(pairwise(ends), heights, strict=True):
        yield {"from": start, "to": max(start, stop - 1), "old": height, "new": height}
