"""Pictures as files, drawn without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from sizewise.analysis import ModelSummary, RunSummary
from sizewise.analysis.layers import ByLayer
from sizewise.analysis.recommend import Recommendation
from sizewise.domain.budget import Budget
from sizewise.reports.pictures.layers import layers_caption, layers_spec
from sizewise.reports.pictures.pareto import pareto_spec
from sizewise.reports.pictures.parts import parts_spec
from sizewise.reports.pictures.theme import LIGHT, Palette, Spec, config
from sizewise.reports.text import one_line, reference_line, variant_name

_WIDTH = 680
_SCALE = 2.0
"""Pixels of a PNG to a point: sharp on today's screens."""


class Form(StrEnum):
    """A format of pictures."""

    PNG = "png"
    SVG = "svg"


def pictures(
    summary: RunSummary,
    answers: Iterable[Recommendation],
    budgets: Sequence[Budget] = (),
    layers: Mapping[str, Sequence[ByLayer]] | None = None,
) -> Iterator[tuple[str, Spec]]:
    """One picture a model, with what would be its file's name without the ending.

    ``answers`` are the models' recommendations by brotli size, ``layers`` the layers of their
    artifacts, as far as they are known. A model of which nothing was measured has no picture.
    """
    by_model = {answer.model: answer for answer in answers}
    taken: set[str] = set()
    for model in summary.models:
        found = (layers or {}).get(model.name, ())
        spec = picture(model, by_model[model.name], budgets, found)
        if spec is not None:
            yield _file_name(model.name, taken), spec


def picture(
    model: ModelSummary,
    answer: Recommendation,
    budgets: Sequence[Budget],
    layers: Sequence[ByLayer] = (),
) -> Spec | None:
    """Size against drift, and below it where the bytes are; None if neither is known."""
    found = [pareto_spec(model, answer, budgets), parts_spec(model)]
    found += [layers_spec(one) | {"title": _layers_title(one)} for one in layers]
    views = [spec | {"width": _WIDTH} for spec in found if spec is not None]
    if not views:
        return None
    return {
        "title": {"text": one_line(model.name), "subtitle": reference_line(model), "offset": 14},
        "padding": 20,
        "spacing": 32,
        "vconcat": views,
        # The first two have different targets and parts, and so different colours.
        "resolve": {"scale": {"fill": "independent", "stroke": "independent"}},
    }


def _layers_title(found: ByLayer) -> Spec:
    text = f"By layer: {variant_name(found.record)}"
    return {"text": text, "fontSize": 13, "subtitle": layers_caption(found), "offset": 10}


def draw(spec: Spec, form: Form, palette: Palette = LIGHT) -> bytes:
    """The picture's file. Loads Vega, which takes half a second."""
    import vl_convert

    # Named styles are the specification's, colours and paper the palette's.
    look = config(palette) | {"background": palette.paper}
    if form is Form.SVG:
        return vl_convert.vegalite_to_svg(spec, config=look).encode()
    return bytes(vl_convert.vegalite_to_png(spec, config=look, scale=_SCALE))


def _file_name(model: str, taken: set[str]) -> str:
    """A name that every file system takes, and no other model has."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", model).strip(".-") or "model"
    found, number = name, 2
    while found.lower() in taken:
        found, number = f"{name}-{number}", number + 1
    taken.add(found.lower())
    return found
