"""A bar for each variant: where its bytes are, and how far compression gets it down."""

from __future__ import annotations

from sizewise.analysis import ModelSummary, RowView
from sizewise.analysis.where_bytes import Part, representatives, where_bytes
from sizewise.reports.pictures.axes import BYTES_LABEL, NO_OVERLAP
from sizewise.reports.pictures.theme import Spec
from sizewise.reports.text import shortened, variant_name
from sizewise.units import format_bytes

MOST_BARS = 30
"""Bars that one picture holds."""

_STEP = 15
_LABEL_WIDTH = 34
_ARROW = "→ "
"""In front of a variant to ship: unlike stars, all fonts have it."""
_TO_SHIP: Spec = {"test": f"slice(datum.value, 0, 2) == '{_ARROW}'", "value": "bold"}


def parts_spec(model: ModelSummary) -> Spec | None:
    """Stacked bars of stored bytes, a line where the brotli size is; None if nothing is known."""
    rows = representatives(model.rows, MOST_BARS)
    if not rows:
        return None
    names = [_name(row) for row in rows]
    bars = [bar for row, name in zip(rows, names, strict=True) for bar in _bars(row, name)]
    sent = [
        {"name": name, "bytes": row.record.size_brotli_bytes}
        for row, name in zip(rows, names, strict=True)
        if row.record.size_brotli_bytes is not None
    ]
    return {
        "height": len(rows) * _STEP,
        "encoding": {
            "y": {
                "field": "name",
                "type": "nominal",
                "sort": names,
                "scale": {"paddingInner": 0.3, "paddingOuter": 0.2},
                "axis": {
                    "title": None,
                    "ticks": False,
                    "domain": False,
                    "labelLimit": 190,
                    "labelFontWeight": {"condition": _TO_SHIP, "value": "normal"},
                },
            },
            "x": {
                "field": "bytes",
                "type": "quantitative",
                "axis": {"title": "bytes as stored", "labelExpr": BYTES_LABEL, "tickCount": 4}
                | NO_OVERLAP,
            },
        },
        "layer": [
            {
                "data": {"values": bars},
                "mark": {"type": "bar"},
                "encoding": {
                    "fill": _parts_colour(),
                    "order": {"field": "order"},
                    "tooltip": [
                        {"field": "name", "type": "nominal", "title": "variant"},
                        {"field": "part", "type": "nominal", "title": "part"},
                        {"field": "text", "type": "nominal", "title": "stored"},
                        {"field": "sent", "type": "nominal", "title": "all of it, brotli"},
                    ],
                },
            },
            {
                "data": {"values": sent},
                "mark": {"type": "tick", "style": "brotli", "thickness": 2, "size": _STEP - 4},
            },
        ],
    }


def _parts_colour() -> Spec:
    return {
        "field": "part",
        "type": "nominal",
        "scale": {"domain": [part.value for part in Part], "range": "ordinal"},
        "legend": {"title": None, "orient": "top"},
    }


def _bars(row: RowView, name: str) -> list[Spec]:
    order = {part: place for place, part in enumerate(Part)}
    total = row.record.size_raw_bytes or 1
    return [
        {
            "name": name,
            "part": share.part.value,
            "bytes": share.size_bytes,
            "order": order[share.part],
            "text": f"{format_bytes(share.size_bytes)}, {share.size_bytes / total:.0%}",
            "sent": format_bytes(row.record.size_brotli_bytes),
        }
        for share in where_bytes(row.record)
    ]


def _name(row: RowView) -> str:
    arrow = _ARROW if row.smallest_of_target else ""
    return arrow + shortened(variant_name(row.record), _LABEL_WIDTH)
