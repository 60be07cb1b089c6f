"""Lines in a Pareto picture: the limit of the loss, and budgets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sizewise.analysis import ModelSummary
from sizewise.analysis.budgets.matching import JobNames
from sizewise.analysis.standing import Criterion
from sizewise.domain.budget import Against, Bound, Budget, Figure, Measure
from sizewise.reports.pictures.drift import DriftAxis
from sizewise.reports.pictures.theme import Spec
from sizewise.reports.text import one_line, shortened
from sizewise.units import format_number

_LABEL_WIDTH = 48
_ONCE: Spec = {"values": [{}]}
"""Data of a mark that is drawn once."""


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """A budget's limit: of sizes (``upright``) in bytes, or of losses in the axis' unit."""

    upright: bool
    at: float
    label: str


def limit_of(model: ModelSummary, drift: DriftAxis) -> float | None:
    """What may be lost, in the axis' unit; None where the axis shows something else."""
    if drift.criterion is not Criterion.DROP or model.max_drop is None:
        return None
    return model.max_drop * drift.scale.factor


def limit_text(limit: float, drift: DriftAxis) -> str:
    """``may drop 1.0 pp``."""
    number = format_number(limit, drift.scale.decimals)
    return f"may drop {number} {drift.scale.drop_unit}".rstrip()


def limit_layers(limit: float, text: str, y: Spec) -> list[Spec]:
    """The range of losses that are small enough, its end, and its name."""
    at = {**y, "datum": limit}
    # Where the axis is upside down its other end is at the bottom.
    low, high = y["scale"]["domain"]
    bottom = {**y, "datum": high if y["scale"].get("reverse") else low}
    across = {"x": {"value": 0}, "x2": {"value": "width"}}
    label = {"type": "text", "style": "limit-label", "align": "right", "dx": -4, "dy": -7}
    words = {"y": at, "x": {"value": "width"}, "text": {"value": text}}
    return [
        _once("rect", "allowed", {"y": bottom, "y2": {"datum": limit}} | across),
        _once("rule", "limit", {"y": at} | across),
        {"data": _ONCE, "mark": label, "encoding": words},
    ]


def budget_lines(
    budgets: Sequence[Budget], model: ModelSummary, drift: DriftAxis
) -> tuple[BudgetLine, ...]:
    """The absolute upper bounds of brotli sizes and drops of the model's jobs; other budgets have
    no place in the picture.
    """
    names = JobNames(row.record.job_id for row in model.rows)
    found = []
    for budget in budgets:
        if not names.matching(budget.pattern):
            continue
        for rule in budget.rules:
            at = None if rule.high is None else _place(rule.figure, rule.high, drift)
            if at is not None and rule.high is not None:
                label = one_line(f"≤ {rule.high.text}  {budget.pattern}")
                upright = rule.figure is Figure.BROTLI
                found.append(BudgetLine(upright, at, shortened(label, _LABEL_WIDTH)))
    return tuple(dict.fromkeys(found))


def _place(figure: Figure, bound: Bound, drift: DriftAxis) -> float | None:
    if bound.against is not Against.NOTHING:
        return None
    if figure is Figure.BROTLI:
        return float(bound.amount)
    of_drop = figure in {Figure.DROP, Figure.DROP_SHOWN} and drift.criterion is Criterion.DROP
    if of_drop and bound.measure in {Measure.UNIT, Measure.POINTS}:
        return float(bound.amount) * drift.scale.factor
    return None


def budget_layers(lines: Sequence[BudgetLine], x: Spec, y: Spec) -> Iterator[Spec]:
    """A line and its label for each budget, as far as they lie within the axes."""
    for line in lines:
        low, high = (x if line.upright else y)["scale"]["domain"]
        if low <= line.at <= high:
            yield from _upright(line, x) if line.upright else _level(line, y)


def _upright(line: BudgetLine, x: Spec) -> Iterator[Spec]:
    at = {**x, "datum": line.at}
    yield _once("rule", "budget", {"x": at, "y": {"value": 0}, "y2": {"value": "height"}})
    turned = {"angle": 270, "align": "right", "baseline": "bottom", "dy": -3, "dx": -4}
    label = {"type": "text", "style": "budget-label"} | turned
    words = {"x": at, "y": {"value": 0}, "text": {"value": line.label}}
    yield {"data": _ONCE, "mark": label, "encoding": words}


def _level(line: BudgetLine, y: Spec) -> Iterator[Spec]:
    at = {**y, "datum": line.at}
    yield _once("rule", "budget", {"y": at, "x": {"value": 0}, "x2": {"value": "width"}})
    label = {"type": "text", "style": "budget-label", "align": "left", "dx": 4, "dy": -6}
    words = {"y": at, "x": {"value": 0}, "text": {"value": line.label}}
    yield {"data": _ONCE, "mark": label, "encoding": words}


def _once(kind: str, style: str, encoding: Spec) -> Spec:
    return {"data": _ONCE, "mark": {"type": kind, "style": style}, "encoding": encoding}
