"""A trend on a terminal, with as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.table import Table
from rich.text import Text

from sizewise.analysis.trend import Trend
from sizewise.records.history import History
from sizewise.reports.trend.lines import (
    BARS_SHOWN,
    EXPLANATION,
    HEADINGS,
    MOST,
    NUMERIC,
    failures,
    footnotes,
    lines,
    unlisted,
    verdict,
)

_WHOLE = frozenset({"run", "old → new", "change", "history"})
"""Columns that are broken only where their cells say so, on a terminal of ``_WIDE`` columns."""
_WIDE = 110
_WORDS = frozenset({"figure", "what"})
"""Columns that may be broken between words."""
_GAP = 2
_FEWEST_BARS = 8
_STYLES = {"worse": "red", "better": "green", "worse?": "yellow", "better?": ""}


def table(trend: Trend, history: History) -> RenderableType:
    """Every change, the surest first; the jobs that fail; the verdict last, where a log ends."""
    rows = list(lines(trend, MOST))
    changes: list[RenderableType] = [_Fitting(trend, rows), Text(EXPLANATION, style="dim")]
    return Group(
        *(changes if rows else []),
        *(Text(line, style="dim") for line in unlisted(trend, MOST)),
        *(Text(line, style="red") for line in failures(trend)),
        *(Text(line, style="dim") for line in footnotes(trend, history)),
        Text(verdict(trend), style="bold"),
    )


class _Layout(NamedTuple):
    """The headings to leave out, the bars of a history, and whether names of jobs stay whole."""

    left_out: frozenset[str]
    bars: int
    fits: bool


class _Fitting:
    """The changes' table, without the columns that there is no room for."""

    def __init__(self, trend: Trend, rows: Sequence[tuple[str, ...]]) -> None:
        self._trend = trend
        self._rows = rows

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[Table]:
        layout = self._layout(options.max_width)
        rows = self._rows
        if layout.bars != BARS_SHOWN:
            rows = list(lines(self._trend, MOST, layout.bars))
        drawn = Table(
            box=box.SIMPLE_HEAD,
            show_edge=False,
            pad_edge=False,
            padding=(0, 1, 0, 0),
            header_style="",
        )
        whole = _WHOLE if options.max_width >= _WIDE else frozenset[str]()
        kept = [place for place, heading in enumerate(HEADINGS) if heading not in layout.left_out]
        for place in kept:
            drawn.add_column(
                HEADINGS[place],
                justify="right" if place in NUMERIC else "left",
                overflow="fold",
                no_wrap=HEADINGS[place] not in _WORDS if layout.fits else HEADINGS[place] in whole,
            )
        for cells in rows:
            drawn.add_row(*(Text(cells[place]) for place in kept), style=_STYLES[cells[0]])
        yield drawn

    def _layout(self, room: int) -> _Layout:
        """First the chance goes, then bars, then the history; then names of jobs are broken."""
        widths = {
            heading: max(
                len(part)
                for row in (HEADINGS, *self._rows)
                for part in (row[place].split() if heading in _WORDS else row[place].split("\n"))
            )
            for place, heading in enumerate(HEADINGS)
        }
        needed = sum(widths.values()) + _GAP * (len(widths) - 1)
        if needed <= room:
            return _Layout(frozenset(), BARS_SHOWN, fits=True)
        needed -= widths["chance"] + _GAP
        bars = BARS_SHOWN - max(0, needed - room)
        if bars >= _FEWEST_BARS:
            return _Layout(frozenset({"chance"}), bars, fits=True)
        needed -= widths["history"] + _GAP
        return _Layout(frozenset({"chance", "history"}), BARS_SHOWN, fits=needed <= room)
