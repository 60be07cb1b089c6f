"""Names in pictures of sizes and losses, and the mark of what is to be shipped."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sizewise.reports.pictures.theme import Spec


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
