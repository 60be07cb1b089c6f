"""Points and names in pictures of sizes and losses, and the mark of what is to be shipped."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from sizewise.reports.pictures.theme import Spec


def points(x: Spec, y: Spec, colour: Spec, shape: Spec, hover: Mapping[str, str]) -> Spec:
    """A point for each value, filled where its ``filled`` is true.

    ``hover`` names the fields that are told of the one under the pointer.
    """
    return {
        "mark": {"type": "point", "style": "variant", "cursor": "default"},
        "encoding": {
            "x": {**x, "field": "x"},
            "y": {**y, "field": "y"},
            "stroke": colour,
            "fill": colour,
            "fillOpacity": {"condition": {"test": "datum.filled", "value": 0.9}, "value": 0},
            "shape": shape,
            "tooltip": [
                {"field": field, "type": "nominal", "title": title}
                for field, title in hover.items()
            ],
        },
    }


def best_layers(best: Spec, text: str, x: Spec, y: Spec, *, turn: float = 0.5) -> list[Spec]:
    """A ring around the value whose ``best`` is true, and a text below it.

    The text goes to the right of a point that is left of the share ``turn`` of the axis of sizes,
    which is logarithmic, and else to the left.
    """
    low, high = x["scale"]["domain"]
    to_right = math.log(best["x"] / low) <= turn * math.log(high / low)
    side: Spec = {"align": "left", "dx": -8} if to_right else {"align": "right", "dx": -8}
    place = {"x": {**x, "field": "x"}, "y": {**y, "field": "y"}}
    words = place | {"text": {"value": text}}
    chosen = [{"filter": "datum.best"}]
    label: Spec = {"type": "text", "dy": 23} | side
    return [
        {"transform": chosen, "mark": {"type": "point", "style": "best"}, "encoding": place},
        *(
            {"transform": chosen, "mark": label | {"style": style}, "encoding": words}
            for style in ("best-halo", "best-label")
        ),
    ]


def named(chosen: Sequence[Spec], place: Spec, field: str, dy: int) -> Iterator[Spec]:
    """Small names of the points that the filters ``chosen`` leave, on a ground of their own where
    lines would cross them.
    """
    for style in ("trial-halo", "trial-label"):
        yield {
            "transform": list(chosen),
            "mark": {"type": "text", "style": style, "dy": dy},
            "encoding": place | {"text": {"field": field, "type": "nominal"}},
        }
