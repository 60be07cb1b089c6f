"""The trials of a tuning: what each mix weighs and what it loses."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sizewise.analysis.figures import SQNR_CEILING
from sizewise.analysis.pareto import Placed
from sizewise.analysis.standing import Criterion
from sizewise.analysis.tuning import TuningView
from sizewise.reports.pictures.axes import (
    BYTES_LABEL,
    NO_OVERLAP,
    decibel_axis,
    loss_axis,
    size_axis,
)
from sizewise.reports.pictures.bounds import limit_layers, limit_text
from sizewise.reports.pictures.chosen import best_layers, named, points
from sizewise.reports.pictures.drift import DriftAxis
from sizewise.reports.pictures.theme import Spec
from sizewise.reports.scale import Scale
from sizewise.reports.text import one_line, shortened
from sizewise.reports.tuning import lines
from sizewise.tune import ALL, PLAIN, Budget, Figures, Phase, Trial, size_of
from sizewise.units import format_bytes

_HEIGHT = 340
_NAME_WIDTH = 60
_TURN = 0.25
"""Left of the best mix and below it, where others would be smaller and lose less, is room."""
_BELOW = 0.14
"""Room for names below points without a loss, in units of the limit."""
_KINDS = {
    Phase.REFERENCE: "upstream's",
    Phase.SEARCH: "searched",
    Phase.VERIFY: "verified",
}
_SHAPES = ["diamond", "triangle-up", "circle"]


def trials_spec(view: TuningView, criterion: Criterion) -> Spec | None:
    """Size (logarithmic) against loss; None without any loss of that kind.

    Colour and shape say on which samples and for what a mix was tried, and a mix is filled if it
    keeps the budget. Those on the test samples have their 95 % intervals, and the Pareto front is
    theirs. Mixes whose outputs are not finite are left out.
    """
    if criterion not in view.fronts:
        return None
    drift = _axis(view, criterion)
    values = list(_values(view, drift))
    if not values:
        return None
    limit = _limit(view.outcome.tuned.budget, drift)
    best = next((value for value in values if value["best"]), None)
    x, y = _axes(values, drift, None if limit is None else limit[0], view)
    return {
        "height": _HEIGHT,
        "data": {"values": values},
        "layer": [
            *([] if limit is None else limit_layers(*limit, y)),
            _intervals(x, y),
            _front(x, y),
            *_names(x, y),
            *(
                []
                if best is None
                else best_layers(best, f"best: {best['label']}", x, y, turn=_TURN)
            ),
            # On top, where the pointer finds them.
            _points(drift, str(view.outcome.tuned.goal), x, y),
        ],
    }


def _axis(view: TuningView, criterion: Criterion) -> DriftAxis:
    metric, figures = view.outcome.metric, view.baseline.figures
    return DriftAxis(criterion, Scale.of(metric, figures.metric, figures.samples))


def _values(view: TuningView, drift: DriftAxis) -> Iterator[Spec]:
    tuned = view.outcome.tuned
    placed = {each.item.number: each for each in view.fronts[drift.criterion]}
    for trial in tuned.trials:
        ends = _ends(trial.figures, drift)
        if ends is None:
            continue
        middle, low, high = ends
        yield {
            "x": size_of(trial, tuned.goal),
            "y": round(middle, 6),
            "low": round(low, 6),
            "high": round(high, 6),
            "kind": _KINDS[trial.phase],
            "judged": trial.phase is not Phase.SEARCH,
            "name": f"{trial.number}: {_named(trial)}",
            "label": _label(trial),
            "above": _is_above(trial),
            "number": trial.number,
            "best": trial.number == tuned.best.number,
            "filled": trial.good,
            "front": trial.number in placed and placed[trial.number].on_front,
            "size": format_bytes(size_of(trial, tuned.goal)),
            "drop": lines.drop_text(trial.figures, drift.scale),
            "agreement": lines.agreement_text(trial.figures),
            "sqnr": f"{lines.sqnr(trial.figures)} dB",
            "budget": "kept" if trial.good else "not kept",
            "place": _place(trial, placed.get(trial.number)),
        }


def _ends(figures: Figures, drift: DriftAxis) -> tuple[float, float, float] | None:
    """The loss in the axis' unit with the ends of its interval, None where it is not known."""
    if drift.criterion is Criterion.DROP:
        ends, factor, offset = (
            (figures.drop, figures.drop_low, figures.drop_high),
            float(drift.scale.factor),
            0.0,
        )
    elif drift.criterion is Criterion.AGREEMENT:
        ends = (figures.agreement, figures.agreement_high, figures.agreement_low)
        factor, offset = -100.0, 100.0
    else:
        if figures.sqnr_db == -math.inf:
            return None
        ends, factor, offset = (min(figures.sqnr_db, SQNR_CEILING), None, None), 1.0, 0.0
    if ends[0] is None:
        return None
    middle = offset + factor * ends[0]
    low, high = (middle if end is None else offset + factor * end for end in ends[1:])
    return middle, low, high


def _named(trial: Trial) -> str:
    return shortened(one_line(lines.mix(trial.encodings)), _NAME_WIDTH)


def _label(trial: Trial) -> str:
    """What stands beside a point: an encoding of upstream's, or the number of a verified mix."""
    match trial.phase:
        case Phase.REFERENCE:
            return one_line(trial.encodings[ALL])
        case Phase.SEARCH:
            return ""
        case Phase.VERIFY:
            return str(trial.number)


def _is_above(trial: Trial) -> bool:
    """Neighbours among upstream's encodings have their names on different sides."""
    name = trial.encodings.get(ALL)
    return name not in PLAIN or PLAIN.index(name) % 2 == 0


def _place(trial: Trial, placed: Placed[Trial] | None) -> str:
    if trial.phase is Phase.SEARCH or placed is None:
        return "not for mixes on search samples"
    return "on it" if placed.dominated_by is None else f"beaten by {placed.dominated_by.number}"


def _limit(budget: Budget, drift: DriftAxis) -> tuple[float, str] | None:
    """What may be lost in the axis' unit, and in words."""
    match drift.criterion:
        case Criterion.DROP if budget.drop is not None:
            limit = budget.drop * drift.scale.factor
            return limit, limit_text(limit, drift)
        case Criterion.AGREEMENT if budget.agreement is not None:
            limit = round(100 * (1 - budget.agreement), 6)
            return limit, f"agreement of {100 * budget.agreement:g} % at least"
        case Criterion.SQNR if budget.sqnr_db is not None:
            return budget.sqnr_db, f"{budget.sqnr_db:g} dB at least"
    return None


def _axes(
    values: Sequence[Spec], drift: DriftAxis, limit: float | None, view: TuningView
) -> tuple[Spec, Spec]:
    x_scale, x_ticks = size_axis([value["x"] for value in values])
    ends = [value[end] for value in values if value["judged"] for end in ("low", "high")]
    losses = [value["y"] for value in values] + ends + ([] if limit is None else [limit])
    of_noise = drift.criterion is Criterion.SQNR
    if limit is not None and not of_noise:
        losses.append(-_BELOW * limit)
    y_scale, y_ticks = decibel_axis(losses) if of_noise else loss_axis(losses, limit)
    title = f"{view.outcome.tuned.goal} size"
    x_axis = {
        "values": x_ticks,
        "labelExpr": BYTES_LABEL,
        "labelFlush": 16,
        "title": title,
    } | NO_OVERLAP
    y_axis = {"title": drift.title, "grid": True} | (
        {"values": y_ticks} if y_ticks else {"tickCount": 6}
    )
    return (
        {"type": "quantitative", "scale": x_scale, "axis": x_axis},
        {"type": "quantitative", "scale": y_scale, "axis": y_axis},
    )


def _intervals(x: Spec, y: Spec) -> Spec:
    return {
        "transform": [{"filter": "datum.judged"}],
        "mark": {"type": "rule", "style": "interval"},
        "encoding": {
            "x": {**x, "field": "x"},
            "y": {**y, "field": "low"},
            "y2": {"field": "high"},
            "stroke": _kind(),
        },
    }


def _front(x: Spec, y: Spec) -> Spec:
    return {
        "transform": [{"filter": "datum.front"}],
        # Between two of its mixes the smaller one is the best that there is.
        "mark": {"type": "line", "style": "front", "interpolate": "step-after"},
        "encoding": {"x": {**x, "field": "x"}, "y": {**y, "field": "y"}},
    }


def _names(x: Spec, y: Spec) -> Iterator[Spec]:
    """The label of each point but the best one, above it or below."""
    place = {"x": {**x, "field": "x"}, "y": {**y, "field": "y"}}
    for test, dy in (("datum.above", -14), ("!datum.above", 15)):
        chosen = [{"filter": f"{test} && !datum.best && datum.label != ''"}]
        yield from named(chosen, place, "label", dy)


def _points(drift: DriftAxis, goal: str, x: Spec, y: Spec) -> Spec:
    hover = {
        "name": "trial",
        "kind": "for",
        "size": goal,
        "drop": f"drop of {drift.scale.metric}",
        "agreement": "agreement",
        "sqnr": "SQNR",
        "budget": "budget",
        "place": "Pareto front",
    }
    shape = _kind() | {"scale": {"domain": list(_KINDS.values()), "range": _SHAPES}}
    return points(x, y, _kind(), shape, hover)


def _kind() -> Spec:
    legend = {"title": None, "orient": "top", "columns": 3}
    return {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": list(_KINDS.values())},
        "legend": legend,
    }
