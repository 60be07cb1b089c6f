"""Tables that a reader can sort, filter and copy; without scripts they are plain tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sizewise.reports.html.markup import Markup, element


def sortable(
    title: str,
    head: Markup,
    rows: Sequence[Markup],
    *,
    label: str,
    choices: Mapping[str, Iterable[str]],
    example: str,
) -> Markup:
    """A table with its tools; ``label`` says what it shows.

    ``rows`` have the attribute ``data-words``, which is what the filter searches, and one for each
    of ``choices``: names, and the values among which the reader can choose. ``example`` stands in
    the empty filter.
    """
    table = element("table", element("thead", head), element("tbody", *rows))
    scroll = element("div", table, class_="scroll", tabindex="0", role="region", aria_label=label)
    tools = _tools(len(rows), choices, example)
    return element("div", element("h3", title), tools, scroll, class_="variants")


def heading(parts: tuple[str, str], kind: str, meaning: str) -> Markup:
    """The heading of a column: name and unit; ``kind`` is ``number`` or ``text``."""
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


def number(text: str, value: float | None) -> Markup:
    """A cell that is sorted by ``value``; None comes last."""
    # Scripts know infinity by another name.
    written = "" if value is None else repr(value).replace("inf", "Infinity")
    return element("td", text, class_="number", data_value=written)


def _tools(count: int, choices: Mapping[str, Iterable[str]], example: str) -> Markup:
    return element(
        "div",
        element(
            "label",
            element("span", "Filter"),
            element("input", type="search", placeholder=example, autocomplete="off"),
        ),
        *(_choice(name, values) for name, values in choices.items()),
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
