"""The answer for a model, large: what to ship, and the figures that speak for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sizewise.analysis import ModelSummary, RowView
from sizewise.analysis.recommend import Recommendation
from sizewise.domain import Record
from sizewise.reports.html.markup import Markup, element
from sizewise.reports.recommend.answer import lines
from sizewise.reports.scale import Scale
from sizewise.reports.text import one_line, variant_name
from sizewise.units import format_bytes, format_factor, format_number


def verdict(model: ModelSummary, answer: Recommendation) -> Markup:
    """What to ship of the model and for each of its targets, or why nothing can be named."""
    row = model.smallest
    if row is None:
        text = next(lines(answer, Path()))
        text = text.removeprefix(f"{one_line(model.name)}: ")
        reason = element("p", f"{text[0].upper()}{text[1:]}.", class_="why")
        head = element("p", "Nothing to recommend", class_="ship")
        return element("div", element("div", head, reason), class_="verdict none")
    return element(
        "div",
        element(
            "div",
            element("p", "Ship ", _job(row.record), class_="ship"),
            element("p", _why(model), class_="why"),
            *_others(model, row),
        ),
        element("dl", *_tiles(model, row), class_="tiles"),
        class_="verdict",
    )


def _job(record: Record) -> Markup:
    return element("code", variant_name(record))


def _why(model: ModelSummary) -> str:
    text = "The smallest whose drop is shown to stay within the limit"
    if model.max_drop is None:
        return f"{text}."
    scale = Scale.of_model(model)
    limit = format_number(model.max_drop * scale.factor, scale.decimals)
    return f"{text} of {limit} {scale.drop_unit}".rstrip() + "."


def _others(model: ModelSummary, best: RowView) -> Iterator[Markup]:
    for target in model.targets:
        row = target.smallest
        if row is None:
            text = f"For {one_line(target.target)}: no variant is shown to stay within the limit."
            yield element("p", text, class_="why")
        elif row is not best:
            size = format_bytes(row.record.size_brotli_bytes)
            yield element(
                "p",
                f"For {one_line(target.target)}: ",
                _job(row.record),
                f", {size} brotli.",
                class_="why",
            )


def _tiles(model: ModelSummary, row: RowView) -> Iterator[Markup]:
    scale = Scale.of_model(model)
    drop, *interval = scale.drop(row.record).split(" ", 1)
    yield tile("brotli", format_bytes(row.record.size_brotli_bytes))
    if row.times_smaller is not None:
        yield tile("smaller than float32", f"{format_factor(row.times_smaller)}×")
    yield tile(
        f"drop of {scale.metric}, 95 % interval",
        f"{drop} {scale.drop_unit}".rstrip(),
        " ".join(["", *interval]),
    )


def tile(name: str, text: str, small: str = "") -> Markup:
    """A figure, large, above its name; ``small`` stands behind it."""
    figure = element("dd", text, element("small", small)) if small else element("dd", text)
    return element("div", element("dt", name), figure)
