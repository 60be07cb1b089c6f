"""A bar for each layer of an artifact, over what the layer weighs in float32."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sizewise.analysis.layers import ByLayer, Layer
from sizewise.reports.pictures.theme import Spec
from sizewise.reports.text import one_line
from sizewise.units import ABSENT, format_bytes, format_factor, format_number

_STEP = 22
_LABEL_WIDTH = 30
_ROOM = 1.8
"""Where a bar's figure ends at the latest, in units of the bar: it stands behind it."""


def layers_spec(found: ByLayer) -> Spec:
    """Bars of stored bytes, the largest layer first and the sum of the small ones last."""
    layers = [*found.layers, *([found.others] if found.others else [])]
    labels = fitting_labels(layer.name for layer in layers)
    total = sum(layer.size_bytes for layer in layers) or 1
    values = [
        _value(layer, label, total, rest=layer is found.others)
        for layer, label in zip(layers, labels, strict=True)
    ]
    sizes = [max(_ROOM * layer.size_bytes, layer.plain_bytes or 0) for layer in layers]
    end = float(f"{max(*sizes, 1):.6g}")
    return {
        "height": len(layers) * _STEP,
        "data": {"values": values},
        "encoding": {
            "y": {
                "field": "label",
                "type": "nominal",
                "sort": labels,
                "scale": {"paddingInner": 0.35, "paddingOuter": 0.2},
                "axis": {"title": None, "ticks": False, "domain": False, "labelLimit": 210},
            },
        },
        "layer": [
            *([_bar("layer-plain", "plain", end)] if found.plain else []),
            _bar("layer", "bytes", end),
            _figures(end),
        ],
    }


def layers_caption(found: ByLayer) -> str:
    """What is said about the picture."""
    named = f"The {len(found.layers)} largest layers" if found.others else "All layers"
    beside = " Faint: the same layers in float32." if found.plain else ""
    return f"{named}: their weights as stored, before compression.{beside}"


def _bar(style: str, field: str, end: float) -> Spec:
    return {
        "mark": {"type": "bar", "style": style},
        "encoding": {
            "x": _across(field, end),
            "tooltip": [
                {"field": "name", "type": "nominal", "title": "layer"},
                {"field": "stored", "type": "nominal", "title": "stored"},
                {"field": "float32", "type": "nominal", "title": "in float32"},
            ],
        },
    }


def _figures(end: float) -> Spec:
    """What each bar stands for, behind it, so that nothing has to be read off an axis."""
    return {
        "mark": {"type": "text", "style": "layer-figure", "align": "left", "dx": 6},
        "encoding": {
            "x": _across("bytes", end),
            "text": {"field": "text", "type": "nominal"},
        },
    }


def _across(field: str, end: float) -> Spec:
    scale = {"domain": [0, end], "nice": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": None}


def _value(layer: Layer, label: str, total: int, *, rest: bool) -> Spec:
    plain = layer.plain_bytes
    beside = ABSENT
    if plain is not None:
        factor = f", {format_factor(plain / layer.size_bytes)}× as much" if layer.size_bytes else ""
        beside = f"{format_bytes(plain)}{factor}"
    share = _share(layer.size_bytes / total)
    return {
        "label": label,
        "name": f"all {layer.name}" if rest else one_line(layer.name),
        "bytes": layer.size_bytes,
        "plain": plain or 0,
        "text": f"{format_bytes(layer.size_bytes)} · {share}",
        "stored": f"{format_bytes(layer.size_bytes)}, {share} of the weights",
        "float32": beside,
    }


def _share(share: float) -> str:
    return "< 1 %" if 0 < share < 0.005 else f"{format_number(share * 100, 0)} %"


def fitting_labels(names: Iterable[str], width: int = _LABEL_WIDTH) -> list[str]:
    """Names that fit beside bars, by their ends, which tell layers apart; each of them once."""
    seen: Counter[str] = Counter()
    labels = []
    for name in names:
        text = one_line(name)
        if len(text) > width:
            text = f"…{text[1 - width :]}"
        seen[text] += 1
        labels.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return labels
