"""Tables for a terminal: one a model, the rows to ship marked, as wide as there is room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.table import Table
from rich.text import Text

from sizewise.analysis import ModelSummary, RunSummary
from sizewise.reports.columns import COLUMNS, MARKS, WITHIN, Scale, cells_of, mark, reference_line
from sizewise.reports.text import ending, failure_line, note_line, one_line

_OMITTED_FIRST = ("conversion", "SQNR", "agreement", "size")
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
        parts += _legend()
    return Group(*parts, *(Text(line) for line in ending(summary)))


class _ModelTable:
    """A model's table, with as many columns as the terminal's width holds."""

    def __init__(self, model: ModelSummary) -> None:
        self._model = model

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        unlimited = options.update(max_width=10_000)
        for omitted, gap in _LAYOUTS:
            table = _table(self._model, omitted, gap)
            if console.measure(table, options=unlimited).maximum <= options.max_width:
                break
        yield table


def _table(model: ModelSummary, omitted: Sequence[str], gap: int) -> Table:
    scale = Scale.of_model(model)
    columns = [column for column in COLUMNS if column.name not in omitted]
    title = Text(one_line(model.name), style="bold")
    title.append(f"  {reference_line(model)}", style="not bold")
    table = Table(
        title=title,
        title_justify="left",
        title_style="",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, gap, 0, 0),
        collapse_padding=True,
        header_style="",
    )
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(
            Text("\n".join(column.heading(scale)).strip("\n")),
            justify="right" if column.numeric else "left",
            no_wrap=column.numeric,
            overflow="fold",
            vertical="bottom",
        )
    for target in model.targets:
        runtimes = Text(", ".join(target.runtimes), style="dim")
        table.add_row("", Text(target.target, style="bold"), runtimes)
        for row, cells in zip(target.rows, cells_of(target.rows, columns, scale), strict=True):
            sign = mark(row)
            table.add_row(sign, *map(Text, cells), style=_MARK_STYLES.get(sign, ""))
        table.add_section()
    return table


def _below(model: ModelSummary) -> Iterator[Text]:
    for row in model.failures:
        yield Text(f"! {failure_line(row.record)}", style=_MARK_STYLES["!"])
    for note, job_ids in model.notes.items():
        yield Text(note_line(note, job_ids), style="dim")


def _legend() -> Iterator[Text]:
    yield Text("   ".join(f"{sign} {meaning}" for sign, meaning in MARKS.items()), style="dim")
    yield Text(WITHIN, style="dim")
    for column in COLUMNS:
        if column.name in _EXPLAINED:
            yield Text(f"{column.name}: {column.meaning}", style="dim")
