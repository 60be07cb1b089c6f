"""The table of a model's variants, to be sorted, filtered and copied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sizewise.analysis import ModelSummary, RowView
from sizewise.reports.columns import MARKS, Column, cells_of, columns_of, details_of, mark
from sizewise.reports.html.markup import Markup, element
from sizewise.reports.html.sortable import heading, sortable
from sizewise.reports.scale import Scale
from sizewise.reports.text import one_line, reason

_CLASSES = {"★": "good", "☆": "good", "✓": "good", "?": "open", "✗": "bad", "!": "bad"}
_ORDER = tuple(MARKS)


def variants(model: ModelSummary) -> Markup:
    """The table with its tools. Without scripts it is a plain table."""
    records = [row.record for row in model.rows]
    choices = {
        "target": [one_line(record.target) for record in records],
        "transform": [one_line(record.transform) for record in records],
    }
    return sortable(
        "All variants",
        _head(model),
        list(_rows(model)),
        label=f"Variants of {one_line(model.name)}",
        choices=choices,
        example="uint8 prune50",
    )


def _columns(model: ModelSummary) -> tuple[Column, ...]:
    return (*columns_of(model), *details_of(model))


def _head(model: ModelSummary) -> Markup:
    scale = Scale.of_model(model)
    headings = [_sign_heading()]
    for column in _columns(model):
        kind = "number" if column.numeric else "text"
        headings.append(heading(column.heading(scale), kind, column.meaning))
        if column.name == "transform":
            headings.append(heading(("target", ""), "text", "what the artifact is for"))
    return element("tr", *headings)


def _sign_heading() -> Markup:
    button = element("button", type="button", aria_label="verdict")
    return element("th", button, scope="col", data_kind="number", data_text="", title="verdict")


def _rows(model: ModelSummary) -> Iterable[Markup]:
    scale, columns = Scale.of_model(model), _columns(model)
    for target in model.targets:
        cells = cells_of(target.rows, columns, scale)
        for row, texts in zip(target.rows, cells, strict=True):
            yield _row(row, columns, texts)


def _row(row: RowView, columns: Sequence[Column], texts: Iterable[str]) -> Markup:
    record = row.record
    cells = [_sign(row)]
    for column, text in zip(columns, texts, strict=True):
        cells.append(_cell(column, row, text))
        if column.name == "transform":
            cells.append(element("td", one_line(record.target)))
    words = f"{record.job_id} {record.status} {MARKS.get(mark(row), '')}"
    return element(
        "tr",
        *cells,
        class_="ship" if row.smallest else None,
        data_target=one_line(record.target),
        data_transform=one_line(record.transform),
        data_words=one_line(words),
    )


def _sign(row: RowView) -> Markup:
    sign = mark(row)
    if sign not in MARKS:
        return element("td", data_value="", data_text="")
    label = element(
        "span",
        sign,
        class_=f"mark mark-{_CLASSES[sign]}",
        role="img",
        aria_label=MARKS[sign],
        title=MARKS[sign],
    )
    return element("td", label, data_value=str(_ORDER.index(sign)), data_text=sign)


def _cell(column: Column, row: RowView, text: str) -> Markup:
    if column.name == "encoding":
        flags = "; ".join(map(one_line, row.record.flags))
        return element("th", text, scope="row", title=flags or None)
    if column.value is None:
        return element("td", text)
    value = column.value(row) if row.ok else None
    whole = None if row.ok else f"{row.record.status}: {reason(row.record)}"
    return element(
        "td",
        text,
        class_="number",
        data_value="" if value is None else repr(value),
        title=whole if column.tells_failure else None,
    )
