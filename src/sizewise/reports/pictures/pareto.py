"""The Pareto picture of a model: what each variant weighs and what it loses."""

from __future__ import annotations

from collections.abc import Sequence

from sizewise.analysis import ModelSummary, RowView, Verdict
from sizewise.analysis.pareto import Placed
from sizewise.analysis.recommend import Goal, Recommendation
from sizewise.analysis.standing import Criterion
from sizewise.domain import Record
from sizewise.domain.budget import Budget
from sizewise.reports.columns import MARKS, mark
from sizewise.reports.pictures.axes import (
    BYTES_LABEL,
    NO_OVERLAP,
    decibel_axis,
    loss_axis,
    size_axis,
)
from sizewise.reports.pictures.bounds import (
    budget_layers,
    budget_lines,
    limit_layers,
    limit_of,
    limit_text,
)
from sizewise.reports.pictures.chosen import best_layers, points
from sizewise.reports.pictures.drift import DriftAxis
from sizewise.reports.pictures.theme import Spec
from sizewise.reports.text import one_line, shortened, variant_name
from sizewise.units import ABSENT, format_bytes, format_factor, format_number

_NAME_WIDTH = 60
_HEIGHT = 340

_LEGEND_CHARACTERS, _SYMBOL_CHARACTERS = 56, 4
"""What fits into a line of the legend, and what a symbol with the space around it takes."""


def pareto_spec(
    model: ModelSummary, answer: Recommendation, budgets: Sequence[Budget] = ()
) -> Spec | None:
    """Brotli size (logarithmic) against loss with its 95 % interval; None without any loss.

    ``answer`` is the model's recommendation by brotli size, whose front is drawn. Colour is the
    target, shape the transform, and a variant is filled if its loss is shown to be within the
    limit. Those of ``budgets`` that are for one of its jobs are lines.
    """
    drift = DriftAxis.of(answer)
    if drift is None or answer.goal is not Goal.BROTLI or not answer.front:
        return None
    views = {id(row.record): row for row in model.rows}
    values = [_value(placed, views[id(placed.item)], drift) for placed in answer.front]
    limit = limit_of(model, drift)
    lines = budget_lines(budgets, model, drift)
    x, y = _axes(values, drift, limit)
    best = next((value for value in values if value["best"]), None)
    return {
        "height": _HEIGHT,
        "data": {"values": values},
        "layer": [
            *([] if limit is None else limit_layers(limit, limit_text(limit, drift), y)),
            *budget_layers(lines, x, y),
            _intervals(model, x, y),
            _front(x, y),
            *([] if best is None else best_layers(best, f"ship {best['name']}", x, y)),
            # On top, where the pointer finds them.
            _variants(model, drift, x, y),
        ],
    }


def _value(placed: Placed[Record], row: RowView, drift: DriftAxis) -> Spec:
    record = placed.item
    middle, low, high = drift.values(record)
    return {
        "x": placed.size,
        "y": round(middle, 6),
        "low": round(low, 6),
        "high": round(high, 6),
        "target": one_line(record.target),
        "transform": one_line(record.transform),
        "name": _short(record),
        "front": placed.on_front,
        "best": row.smallest,
        "filled": row.verdict is Verdict.WITHIN,
        "size": format_bytes(record.size_brotli_bytes),
        "factor": format_factor(row.times_smaller),
        "loss": drift.text(record),
        "agreement": _share(record.agreement),
        "verdict": MARKS.get(mark(row), "nothing to judge by"),
        "place": _place(placed),
    }


def _short(record: Record) -> str:
    """The job's id without its model."""
    return shortened(variant_name(record), _NAME_WIDTH)


def _share(share: float | None) -> str:
    return ABSENT if share is None else f"{format_number(share * 100, 1)} %"


def _place(placed: Placed[Record]) -> str:
    if placed.dominated_by is None:
        return "on it"
    return f"beaten by {_short(placed.dominated_by)}"


def _axes(values: Sequence[Spec], drift: DriftAxis, limit: float | None) -> tuple[Spec, Spec]:
    x_scale, x_ticks = size_axis([value["x"] for value in values])
    losses = [value[end] for value in values for end in ("y", "low", "high")]
    losses += [] if limit is None else [limit]
    of_noise = drift.criterion is Criterion.SQNR
    y_scale, y_ticks = decibel_axis(losses) if of_noise else loss_axis(losses, limit)
    x_axis = {"values": x_ticks, "labelExpr": BYTES_LABEL, "title": "brotli size"} | NO_OVERLAP
    y_axis = {"title": drift.title, "grid": True} | (
        {"values": y_ticks} if y_ticks else {"tickCount": 6}
    )
    return (
        {"type": "quantitative", "scale": x_scale, "axis": x_axis},
        {"type": "quantitative", "scale": y_scale, "axis": y_axis},
    )


def _intervals(model: ModelSummary, x: Spec, y: Spec) -> Spec:
    return {
        "mark": {"type": "rule", "style": "interval"},
        "encoding": {
            "x": {**x, "field": "x"},
            "y": {**y, "field": "low"},
            "y2": {"field": "high"},
            "stroke": _by_target(model),
        },
    }


def _front(x: Spec, y: Spec) -> Spec:
    return {
        "transform": [{"filter": "datum.front"}],
        # Between two of its variants the smaller one is the best that there is.
        "mark": {"type": "line", "style": "front", "interpolate": "step-after"},
        "encoding": {"x": {**x, "field": "x"}, "y": {**y, "field": "y"}},
    }


def _variants(model: ModelSummary, drift: DriftAxis, x: Spec, y: Spec) -> Spec:
    hover = {
        "name": "variant",
        "size": "brotli",
        "factor": "times smaller",
        "loss": drift.name,
        "agreement": "agreement",
        "verdict": "verdict",
        "place": "Pareto front",
    }
    shape = _by("transform", [one_line(row.record.transform) for row in model.rows])
    return points(x, y, _by_target(model), shape, hover)


def _by_target(model: ModelSummary) -> Spec:
    return _by("target", [one_line(target.target) for target in model.targets])


def _by(field: str, names: Sequence[str]) -> Spec:
    """A colour or shape for each of the names, in the suite's order; no legend for one alone."""
    domain = list(dict.fromkeys(names))
    longest = max(map(len, domain), default=0)
    columns = min(4, max(1, _LEGEND_CHARACTERS // (longest + _SYMBOL_CHARACTERS)))
    legend = {"title": None, "orient": "top", "columns": columns} if len(domain) > 1 else None
    return {"field": field, "type": "nominal", "scale": {"domain": domain}, "legend": legend}
