"""Recommendations on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sizewise.analysis.recommend import Recommendation
from sizewise.reports.recommend.answer import lines
from sizewise.reports.recommend.rows import BEST, headings, rows
from sizewise.reports.text import one_line

LEGEND = (
    "★ ship this   ✓ shown to be within the limit   ? undecided   ✗ beyond the limit   "
    "Pareto front: nothing is smaller and drifts less"
)
_NUMERIC = (2, 3)


def tables(answers: Iterable[Recommendation], folder: Path) -> RenderableType:
    """For each model its answer in words, then every variant with its place.

    ``folder`` is the run's, for the paths of artifacts.
    """
    parts: list[RenderableType] = []
    for answer in answers:
        first, *others = lines(answer, folder)
        parts += [Text(first, style="bold"), *map(Text, others)]
        if answer.candidates:
            parts.append(_table(answer))
    return Group(*parts, Text(LEGEND, style="dim"))


def _table(answer: Recommendation) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="")
    for place, heading in enumerate(headings(answer)):
        table.add_column(
            Text(one_line(heading)),
            justify="right" if place in _NUMERIC else "left",
            no_wrap=place in _NUMERIC,
            overflow="fold",
        )
    for row in rows(answer):
        style = "bold green" if row.mark == BEST else "" if row.front else "dim"
        table.add_row(*map(Text, row[:-1]), style=style)
    return table
