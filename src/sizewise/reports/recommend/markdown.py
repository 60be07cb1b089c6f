"""Recommendations as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from sizewise.analysis.recommend import Recommendation
from sizewise.reports.markdown import escaped
from sizewise.reports.recommend.answer import lines
from sizewise.reports.recommend.rows import BEST, headings, rows
from sizewise.reports.recommend.table import LEGEND


def markdown(answers: Iterable[Recommendation], folder: Path) -> str:
    """A section for each model, ending with a line end; ``folder`` is the run's."""
    parts = [part for answer in answers for part in _section(answer, folder)]
    return "\n\n".join(["# What to ship", *parts, escaped(LEGEND)]) + "\n"


def _section(answer: Recommendation, folder: Path) -> Iterator[str]:
    first, *others = lines(answer, folder)
    yield f"## {escaped(answer.model)}"
    yield f"**{escaped(first)}**"
    if others:
        yield "\n".join(f"- {escaped(line)}" for line in others)
    if answer.candidates:
        yield "\n".join(_table(answer))


def _table(answer: Recommendation) -> Iterator[str]:
    yield _line([escaped(heading) for heading in headings(answer)])
    yield _line([":-:", ":--", "--:", "--:", ":--"])
    for row in rows(answer):
        cells = [escaped(cell) for cell in row[:-1]]
        if row.mark == BEST:
            cells = [f"**{cell}**" for cell in cells]
        yield _line(cells)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
