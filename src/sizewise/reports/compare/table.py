"""A comparison on a terminal."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sizewise.analysis.compare import Comparison, Mark
from sizewise.reports.compare.lines import HEADINGS, NUMERIC, footnotes, lines, title, verdict

_STYLES = {
    Mark.NEWLY_FAILING: "bold red",
    Mark.WORSE: "red",
    Mark.PERHAPS_WORSE: "yellow",
    Mark.STILL_FAILING: "red",
    Mark.FIXED: "green",
    Mark.BETTER: "green",
}


def table(comparison: Comparison) -> RenderableType:
    """What changed, the gravest first; what could not be compared; the verdict last, where a log
    ends.
    """
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="")
    for place, heading in enumerate(HEADINGS):
        numeric = place in NUMERIC
        drawn.add_column(
            heading, justify="right" if numeric else "left", no_wrap=numeric, overflow="fold"
        )
    for mark, cells in lines(comparison):
        drawn.add_row(*map(Text, cells), style=_STYLES.get(mark, ""))
    return Group(
        Text(title(comparison)),
        *([drawn] if drawn.row_count else []),
        *(Text(line, style="dim") for line in footnotes(comparison)),
        Text(verdict(comparison), style="bold"),
    )
