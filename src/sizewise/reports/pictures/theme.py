"""Colours and type of all pictures, light and dark: a Vega configuration.

Specifications name styles, never colours, so that one specification serves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

Spec: TypeAlias = dict[str, Any]
"""A Vega-Lite specification, or a part of one."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours. ``targets`` stay apart in all common kinds of colour blindness (after Okabe and
    Ito); ``parts`` are weights, topology and overhead.
    """

    paper: str
    ink: str
    muted: str
    line: str
    good: str
    bad: str
    targets: tuple[str, ...]
    parts: tuple[str, str, str]


LIGHT = Palette(
    paper="#ffffff",
    ink="#1b1d22",
    muted="#5d626d",
    line="#e4e3df",
    good="#157347",
    bad="#b3261e",
    targets=("#1f6cb0", "#c4561a", "#7b4fa0", "#0f7f74"),
    parts=("#45689b", "#d99a4e", "#b7b9bf"),
)
DARK = Palette(
    paper="#17191e",
    ink="#ecebe7",
    muted="#a2a7b3",
    line="#30343c",
    good="#5fca94",
    bad="#f28b82",
    targets=("#74b4f0", "#f0965f", "#c4a3e6", "#55c8ba"),
    parts=("#6d92c9", "#d9a05b", "#656a75"),
)


def config(palette: Palette) -> Spec:
    """The configuration that gives the styles of all specifications their looks."""
    text = {"labelColor": palette.muted, "titleColor": palette.ink, "titleFontWeight": 500}
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            **text,
            "domainColor": palette.line,
            "gridColor": palette.line,
            "tickColor": palette.line,
            "labelFontSize": 11,
            "titleFontSize": 12,
            "titlePadding": 8,
            "labelPadding": 6,
        },
        "legend": {
            **text,
            "labelColor": palette.ink,
            "labelFontSize": 12,
            "titleColor": palette.muted,
            "titleFontSize": 12,
            "symbolStrokeWidth": 1.5,
            "symbolLimit": 24,
            "columns": 4,
            "symbolBaseFillColor": palette.muted,
            "symbolBaseStrokeColor": palette.muted,
            "layout": {"top": {"direction": "horizontal", "anchor": "start", "margin": 26}},
        },
        "title": {
            "color": palette.ink,
            "fontSize": 15,
            "fontWeight": 600,
            "anchor": "start",
            "frame": "group",
            "subtitleColor": palette.muted,
            "subtitleFontSize": 12,
        },
        "range": {"category": list(palette.targets), "ordinal": list(palette.parts)},
        "style": _styles(palette),
    }


def _styles(palette: Palette) -> Spec:
    small = {"fontSize": 11, "color": palette.muted}
    return {
        "allowed": {"color": palette.good, "fillOpacity": 0.08},
        "limit": {"color": palette.good, "strokeDash": [5, 3], "strokeWidth": 1.2},
        "limit-label": {**small, "color": palette.good},
        "budget": {"color": palette.bad, "strokeDash": [2, 3], "strokeWidth": 1.2},
        "budget-label": {**small, "color": palette.bad},
        "front": {"color": palette.muted, "strokeWidth": 1.5, "strokeOpacity": 0.8},
        "interval": {"strokeWidth": 1.2, "strokeOpacity": 0.55},
        "variant": {"size": 85, "strokeWidth": 1.6, "opacity": 1},
        "best": {"color": palette.ink, "strokeWidth": 1.8, "fillOpacity": 0, "size": 380},
        "best-label": {"fontSize": 13, "fontWeight": 600, "color": palette.ink},
        "best-halo": {
            "fontSize": 13,
            "fontWeight": 600,
            "color": palette.paper,
            "stroke": palette.paper,
            "strokeWidth": 4,
        },
        "trial-label": {**small},
        "trial-halo": {
            **small,
            "color": palette.paper,
            "stroke": palette.paper,
            "strokeWidth": 3,
            "opacity": 0.8,
        },
        "choice-name": {**small, "fontWeight": 600, "color": palette.ink},
        "option": {"size": 42, "strokeWidth": 1.3, "opacity": 1},
        "chosen": {"color": palette.ink, "strokeWidth": 1.6, "fillOpacity": 0, "size": 220},
        "brotli": {"color": palette.ink, "strokeWidth": 2, "opacity": 1},
        "layer": {"color": palette.parts[0]},
        "layer-plain": {"color": palette.parts[0], "opacity": 0.26},
        "layer-figure": {**small, "color": palette.ink},
        "history": {"color": palette.targets[0], "strokeWidth": 1.6},
        "night": {"color": palette.targets[0], "size": 26, "opacity": 1},
        "level": {"color": palette.muted, "strokeWidth": 1.2, "strokeDash": [4, 3]},
        "range": {"color": palette.muted, "fillOpacity": 0.12},
        "worse": {"color": palette.bad, "strokeWidth": 1.4},
        "better": {"color": palette.good, "strokeWidth": 1.4},
        "worse-label": {**small, "fontWeight": 600, "color": palette.bad},
        "better-label": {**small, "fontWeight": 600, "color": palette.good},
        "cursor": {"color": palette.muted, "strokeWidth": 1},
    }
