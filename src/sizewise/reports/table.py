"""Tables for a terminal: one a model, the rows to ship marked, as wide as there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.table import Table
from rich.text import Text

from sizewise.analysis import ModelSummary, RunSummary, TargetSummary
from sizewise.reports.columns import (
    COLUMNS,
    FLAG_MEANING,
    MARKS,
    WITHIN,
    cells_of,
    columns_of,
    mark,
)
from sizewise.reports.scale import Scale
from sizewise.reports.text import (
    FLAG,
    advice,
    ending,
    failure_lines,
    flag_line,
    note_line,
    one_line,
    reference_line,
)

_OMITTED_FIRST = ("conversion", "SQNR", "agreement", "training", "size")
"""What a narrow terminal does without, in this order."""
_LAYOUTS = tuple(
    (_OMITTED_FIRST[:omitted], gap) for omitted in range(len(_OMITTED_FIRST) + 1) for gap in (1, 0)
)
"""Columns left out and the gap between the others, from the roomiest."""
_EXPLAINED = ("times smaller", "drop")
"""Columns whose headings do not say enough."""
_MARK_STYLES = {"★": "bold green", "☆": "green", "✗": "red", "!": "red"}


def tables(summary: RunSummary) -> RenderableType:
    """A table for each model, the reasons of its failures, and what the signs mean."""
    parts: list[RenderableType] = []
    for model in summary.models:
        parts += [_ModelTable(model), *_below(model), Text()]
    if summary.models:
        parts += _legend(summary)
    return Group(*parts, *(Text(line) for line in ending(summary)))


class _ModelTable:
    """A model's table, with as many columns as the terminal's width holds."""

    def __init__(self, model: ModelSummary) -> None:
        self._model = model
        self._scale = Scale.of_model(model)
        self._columns = columns_of(model)
        self._groups = [
            (target, cells_of(target.rows, self._columns, self._scale)) for target in model.targets
        ]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        widths = self._widths()
        for omitted, gap in _LAYOUTS:
            kept = [
                place for place, column in enumerate(self._columns) if column.name not in omitted
            ]
            fits = 1 + sum(1 + gap + widths[place] for place in kept) <= options.max_width
            if fits:
                break
        yield self._table(kept, widths if fits else None, gap)

    def _widths(self) -> list[int]:
        """The width of each column's widest cell: Rich would measure anew for every layout."""
        lines: list[Sequence[str]] = list(
            zip(*(column.heading(self._scale) for column in self._columns), strict=True)
        )
        for target, cells in self._groups:
            lines += [_section(target), *cells]
        return [max(map(cell_len, column)) for column in zip_longest(*lines, fillvalue="")]

    def _table(self, kept: Sequence[int], widths: Sequence[int] | None, gap: int) -> Table:
        """The columns that are kept; without ``widths`` names fold where there is no room."""
        title = Text(one_line(self._model.name), style="bold")
        title.append(f"  {reference_line(self._model)}", style="not bold")
        table = Table(
            title=title,
            title_justify="left",
            title_style="",
            box=box.SIMPLE_HEAD,
            show_edge=False,
            pad_edge=False,
            padding=(0, gap, 0, 0),
            header_style="",
        )
        table.add_column("", width=1)
        for place in kept:
            column = self._columns[place]
            table.add_column(
                Text("\n".join(column.heading(self._scale)).strip("\n")),
                justify="right" if column.numeric else "left",
                width=widths[place] if widths else None,
                no_wrap=column.numeric,
                overflow="fold",
                vertical="bottom",
            )
        for target, group in self._groups:
            name, runtimes = _section(target)
            table.add_row("", Text(name, style="bold"), Text(runtimes, style="dim"))
            for row, cells in zip(target.rows, group, strict=True):
                style = _MARK_STYLES.get(mark(row), "")
                table.add_row(mark(row), *(Text(cells[place]) for place in kept), style=style)
            table.add_section()
        return table


def _section(target: TargetSummary) -> tuple[str, str]:
    return target.target, ", ".join(target.runtimes)


def _below(model: ModelSummary) -> Iterator[Text]:
    for line in failure_lines(model):
        yield Text(f"! {line}", style=_MARK_STYLES["!"])
    for flag, job_ids in model.flags.items():
        yield Text(flag_line(flag, job_ids), style="yellow")
    for note, job_ids in model.notes.items():
        yield Text(note_line(note, job_ids), style="dim")


def _legend(summary: RunSummary) -> Iterator[Text]:
    signs = [f"{sign} {meaning}" for sign, meaning in MARKS.items()]
    for line in (signs[:3], signs[3:]):
        yield Text("   ".join(line), style="dim")
    if summary.has_flags:
        yield Text(f"{FLAG} {FLAG_MEANING}", style="dim")
    yield Text(WITHIN, style="dim")
    for column in COLUMNS:
        if column.name in _EXPLAINED:
            yield Text(f"{column.name}: {column.meaning}", style="dim")
    for text in advice(summary):
        yield Text(text, style="dim")
