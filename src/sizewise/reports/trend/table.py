"""A trend on a terminal, with as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.table import Table
from rich.text import Text

from sizewise.analysis.trend import Trend
from sizewise.records.history import History
from sizewise.reports.trend.lines import (
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

_ROOM = {"chance": 130, "history": 110}
"""Columns that need a terminal so wide."""
_WHOLE = frozenset({"run", "old → new", "change", "history"})
"""Columns that are broken only where their cells say so, on a terminal of ``_WIDE`` columns."""
_WIDE = 110
_STYLES = {"worse": "red", "better": "green", "worse?": "yellow", "better?": ""}


def table(trend: Trend, history: History) -> RenderableType:
    """Every change, the surest first; the jobs that fail; the verdict last, where a log ends."""
    rows = list(lines(trend, MOST))
    changes: list[RenderableType] = [_Fitting(rows), Text(EXPLANATION, style="dim")]
    return Group(
        *(changes if rows else []),
        *(Text(line, style="dim") for line in unlisted(trend, MOST)),
        *(Text(line, style="red") for line in failures(trend)),
        *(Text(line, style="dim") for line in footnotes(trend, history)),
        Text(verdict(trend), style="bold"),
    )


class _Fitting:
    """The changes' table, without the columns that there is no room for."""

    def __init__(self, rows: Sequence[tuple[str, ...]]) -> None:
        self._rows = rows

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> Iterator[Table]:
        drawn = Table(
            box=box.SIMPLE_HEAD,
            show_edge=False,
            pad_edge=False,
            padding=(0, 1, 0, 0),
            header_style="",
        )
        kept = [
            place
            for place, heading in enumerate(HEADINGS)
            if options.max_width >= _ROOM.get(heading, 0)
        ]
        for place in kept:
            drawn.add_column(
                HEADINGS[place],
                justify="right" if place in NUMERIC else "left",
                overflow="fold",
                no_wrap=HEADINGS[place] in _WHOLE and options.max_width >= _WIDE,
            )
        for cells in self._rows:
            drawn.add_row(*(Text(cells[place]) for place in kept), style=_STYLES[cells[0]])
        yield drawn
