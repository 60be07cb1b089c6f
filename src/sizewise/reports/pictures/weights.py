"""Sensitivities: for each weight its size in every encoding, against the noise that alone makes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sizewise.analysis.tuning import Option, Weight
from sizewise.reports.pictures.axes import BYTES_LABEL, NO_OVERLAP, decibel_axis, size_axis
from sizewise.reports.pictures.chosen import named
from sizewise.reports.pictures.theme import Spec
from sizewise.reports.text import ends_of, one_line
from sizewise.reports.tuning import lines
from sizewise.units import format_bytes, format_number

MOST_WEIGHTS = 12
"""Weights that have a panel; all are in the table."""

_HEIGHT = 190
_COLUMNS = 2
_WIDTH = 300
_TITLE_WIDTH = 40
_KINDS = ["upstream's", "sizewise's own"]


def weight_specs(weights: Sequence[Weight], goal: str) -> tuple[tuple[str, str, Spec], ...]:
    """A panel for each of the largest weights, with its name and what it takes in float32.

    Size is logarithmic, and the noise in dB has one scale for all panels. The line is the front,
    where nothing is as small and as exact. float32 and whatever else is exact has no noise and no
    point. A weight that has nothing else has no panel.
    """
    shown = [weight for weight in weights if any(map(_is_drawn, weight.options))][:MOST_WEIGHTS]
    if not shown:
        return ()
    noise = [
        option.figures.sqnr_db for weight in shown for option in weight.options if _is_drawn(option)
    ]
    scale, _ = decibel_axis(noise)
    return tuple(
        (
            one_line(weight.label),
            f"{format_bytes(weight.plain)} in float32",
            _spec(weight, scale, goal),
        )
        for weight in shown
    )


def weights_picture(weights: Sequence[Weight], goal: str, title: str, subtitle: str) -> Spec | None:
    """All panels in one picture; None where there is none."""
    panels = weight_specs(weights, goal)
    if not panels:
        return None
    return {
        "title": {"text": title, "subtitle": subtitle, "offset": 14},
        "padding": 20,
        "spacing": 28,
        "columns": _COLUMNS,
        "concat": [
            spec
            | {
                "width": _WIDTH,
                "title": {"text": ends_of(name, _TITLE_WIDTH), "subtitle": size, "fontSize": 13},
            }
            for name, size, spec in panels
        ],
    }


def _is_drawn(option: Option) -> bool:
    return math.isfinite(option.figures.sqnr_db)


def _spec(weight: Weight, noise: Spec, goal: str) -> Spec:
    values = [_value(weight, option) for option in weight.options if _is_drawn(option)]
    x_scale, x_ticks = size_axis([value["x"] for value in values])
    x_axis = {
        "values": x_ticks,
        "labelExpr": BYTES_LABEL,
        "labelFlush": 16,
        "title": f"{goal} bytes",
    } | NO_OVERLAP
    y_axis = {"title": "SQNR, dB", "grid": True, "tickCount": 5}
    x = {"field": "x", "type": "quantitative", "scale": x_scale, "axis": x_axis}
    y = {"field": "y", "type": "quantitative", "scale": noise, "axis": y_axis}
    place = {"x": x, "y": y}
    front = [{"filter": "datum.front"}]
    return {
        "height": _HEIGHT,
        "data": {"values": values},
        "layer": [
            {
                "transform": front,
                "mark": {"type": "line", "style": "front", "interpolate": "step-after"},
                "encoding": place,
            },
            *named([{"filter": "datum.upstream && !datum.chosen"}], place, "encoding", -12),
            {
                "transform": [{"filter": "datum.chosen"}],
                "mark": {"type": "point", "style": "chosen"},
                "encoding": place,
            },
            _points(place, goal),
        ],
    }


def _points(place: Spec, goal: str) -> Spec:
    hover = {
        "encoding": "encoding",
        "size": goal,
        "saved": "saved of float32",
        "sqnr": "SQNR of the outputs",
        "agreement": "agreement",
    }
    kind = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": _KINDS},
        "legend": {"title": None, "orient": "top"},
    }
    filled = {"condition": {"test": "datum.front", "value": 0.9}, "value": 0}
    return {
        "mark": {"type": "point", "style": "option", "cursor": "default"},
        "encoding": place
        | {
            "stroke": kind,
            "fill": kind,
            "fillOpacity": filled,
            "tooltip": [
                {"field": field, "type": "nominal", "title": title}
                for field, title in hover.items()
            ],
        },
    }


def _value(weight: Weight, option: Option) -> Spec:
    share = option.saved / weight.plain if weight.plain else 0.0
    return {
        "x": option.size,
        "y": round(option.figures.sqnr_db, 3),
        "encoding": one_line(option.encoding),
        "kind": _KINDS[0 if option.is_upstream else 1],
        "upstream": option.is_upstream,
        "front": option.on_front,
        "chosen": weight.chosen is option,
        "size": format_bytes(option.size),
        "saved": f"{format_bytes(option.saved)}, {format_number(100 * share, 0)} %"
        if option.saved >= 0
        else f"none: {format_bytes(-option.saved)} more",
        "sqnr": f"{lines.sqnr(option.figures)} dB",
        "agreement": lines.agreement_text(option.figures),
    }
