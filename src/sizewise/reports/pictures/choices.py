"""How a mix stores each weight: a bar of what it takes over what it takes in float32."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sizewise.analysis.tuning import Weight
from sizewise.reports.pictures.layers import fitting_labels
from sizewise.reports.pictures.theme import Spec
from sizewise.reports.text import ends_of, one_line
from sizewise.units import format_bytes, format_number

MOST_WEIGHTS = 24
"""Bars that are drawn; the smaller weights are one sum."""

_STEP = 38
_BAR = 13
_LABEL_WIDTH, _SHORT_WIDTH = 48, 18
_NARROW = 460
"""Below so many points there is only room for short names."""


def choices_spec(weights: Sequence[Weight], goal: str) -> Spec | None:
    """Bars of compressed or raw bytes, the largest weight first and the sum of the small ones last.

    None where it is not known what any weight takes.
    """
    known = [weight for weight in weights if weight.chosen is not None]
    if not known:
        return None
    # A sum of one would take as much room as its name.
    most = MOST_WEIGHTS if len(known) > MOST_WEIGHTS + 1 else len(known)
    named, rest = known[:most], known[most:]
    labels = fitting_labels((weight.label for weight in named), _LABEL_WIDTH)
    values = [_value(weight, label) for weight, label in zip(named, labels, strict=True)]
    if rest:
        values.append(_sum(rest))
    end = max(max(value["bytes"], value["plain"], 1) for value in values)
    return {
        "height": len(values) * _STEP,
        "data": {"values": values},
        "encoding": {
            "y": {
                "field": "label",
                "type": "nominal",
                "sort": [value["label"] for value in values],
                "axis": None,
            },
        },
        "layer": [
            _bar("layer-plain", "plain", end, goal),
            _bar("layer", "bytes", end, goal),
            *_words(),
        ],
    }


def _words() -> Iterator[Spec]:
    """Above each bar the weight's name, and how it is stored: narrow screens have room for both."""
    for style, field, align, at in (
        ("choice-name", "shown", "left", {"value": 0}),
        ("layer-figure", "text", "right", {"value": "width"}),
    ):
        shown = f"width < {_NARROW} ? datum.short : datum.label"
        yield {
            "transform": [{"calculate": shown, "as": "shown"}],
            "mark": {"type": "text", "style": style, "align": align, "dy": -10},
            "encoding": {"x": at, "text": {"field": field, "type": "nominal"}},
        }


def choices_caption(weights: Sequence[Weight], goal: str) -> str:
    """What is said about the picture."""
    known = sum(weight.chosen is not None for weight in weights)
    named = f"The {MOST_WEIGHTS} largest weights" if known > MOST_WEIGHTS + 1 else "Each weight"
    kind = "compressed with brotli, each on its own" if goal == "brotli" else "as stored"
    return f"{named}: its encoding and its bytes, {kind}. Faint: the same in float32."


def _value(weight: Weight, label: str) -> Spec:
    chosen = weight.chosen
    assert chosen is not None, "the others were left out"
    share = chosen.size / weight.plain if weight.plain else 1.0
    bits = format_number(weight.bits, 1)
    return {
        "label": label,
        "short": ends_of(one_line(weight.label), _SHORT_WIDTH),
        "name": one_line(weight.name),
        "bytes": chosen.size,
        "plain": weight.plain,
        "text": f"{one_line(weight.encoding or '')} · {format_bytes(chosen.size)}",
        "encoding": one_line(weight.encoding or ""),
        "stored": f"{format_bytes(chosen.size)}, {bits} bits a number",
        "float32": f"{format_bytes(weight.plain)}, of which that is {share:.0%}",
    }


def _sum(weights: Sequence[Weight]) -> Spec:
    size = sum(weight.chosen.size for weight in weights if weight.chosen is not None)
    plain = sum(weight.plain for weight in weights)
    names = dict.fromkeys(one_line(weight.encoding or "") for weight in weights)
    return {
        "label": f"{len(weights)} others",
        "short": f"{len(weights)} others",
        "name": f"{len(weights)} smaller weights",
        "bytes": size,
        "plain": plain,
        "text": f"{len(names)} encodings · {format_bytes(size)}",
        "encoding": ", ".join(names),
        "stored": format_bytes(size),
        "float32": format_bytes(plain),
    }


def _bar(style: str, field: str, end: float, goal: str) -> Spec:
    hover = {
        "name": "weight",
        "encoding": "stored as",
        "stored": goal,
        "float32": "in float32",
    }
    return {
        "mark": {"type": "bar", "style": style, "height": _BAR, "yOffset": 6},
        "encoding": {
            "x": _across(field, end),
            "tooltip": [
                {"field": field, "type": "nominal", "title": title}
                for field, title in hover.items()
            ],
        },
    }


def _across(field: str, end: float) -> Spec:
    scale = {"domain": [0, end], "nice": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": None}
