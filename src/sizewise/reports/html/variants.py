"""The table of a model's variants, to be sorted, filtered and copied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sizewise.analysis import ModelSummary, RowView
from sizewise.reports.columns import MARKS, Column, cells_of, columns_of, details_of, mark
from sizewise.reports.html.markup import Markup, element
from sizewise.reports.scale import Scale
from sizewise.reports.text import one_line, reason

_CLASSES = {"★": "good", "☆": "good", "✓": "good", "?": "open", "✗": "bad", "!": "bad"}
_ORDER = tuple(MARKS)


def variants(model: ModelSummary) -> Markup:
    """The table with its tools. Without scripts it is a plain table."""
    table = element("table", element("thead", _head(model)), element("tbody", *_rows(model)))
    scroll = element(
        "div",
        table,
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=f"Variants of {one_line(model.name)}",
    )
    return element("div", element("h3", "All variants"), _tools(model), scroll, class_="variants")


def _tools(model: ModelSummary) -> Markup:
    records = [row.record for row in model.rows]
    count = len(records)
    return element(
        "div",
        element(
            "label",
            element("span", "Filter"),
            element("input", type="search", placeholder="uint8 prune50", autocomplete="off"),
        ),
        _choice("target", [one_line(record.target) for record in records]),
        _choice("transform", [one_line(record.transform) for record in records]),
        element("span", f"{count} of {count}", role="status"),
        element("button", "Copy as TSV", type="button", data_copy="tsv"),
        element("button", "Copy as Markdown", type="button", data_copy="markdown"),
        class_="tools",
        hidden=True,
    )


def _choice(name: str, values: Iterable[str]) -> Markup:
    options = [element("option", "all", value="")]
    options += [element("option", value, value=value) for value in dict.fromkeys(values)]
    return element("label", name.capitalize(), element("select", *options, name=name))


def _columns(model: ModelSummary) -> tuple[Column, ...]:
    return (*columns_of(model), *details_of(model))


def _head(model: ModelSummary) -> Markup:
    scale = Scale.of_model(model)
    headings = [_sign_heading()]
    for column in _columns(model):
        kind = "number" if column.numeric else "text"
        headings.append(_heading(column.heading(scale), kind, column.meaning))
        if column.name == "transform":
            headings.append(_heading(("target", ""), "text", "what the artifact is for"))
    return element("tr", *headings)


def _heading(parts: tuple[str, str], kind: str, meaning: str) -> Markup:
    name, unit = parts
    text = f"{name} {unit}".strip()
    return element(
        "th",
        element("button", *([element("span", name), unit] if unit else [name]), type="button"),
        scope="col",
        class_="number" if kind == "number" else None,
        data_kind=kind,
        data_text=text,
        title=meaning,
    )


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
