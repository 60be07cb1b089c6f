"""A finding in words."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sizewise.analysis.budgets import Finding, Judgement, Outcome
from sizewise.analysis.budgets.findings import EXIT_BROKEN, EXIT_KEPT, EXIT_NOT_MEASURED
from sizewise.domain.budget import Against, Bound
from sizewise.reports.check.amounts import SIZES, amount, change
from sizewise.reports.text import one_line

MARKS = {
    Outcome.BROKEN: "✗",
    Outcome.NOT_MEASURED: "!",
    Outcome.UNDECIDED: "?",
    Outcome.INCOMPARABLE: "–",
    Outcome.KEPT: "✓",
}
"""The sign of each outcome, the gravest first."""


def by_gravity(findings: Sequence[Finding]) -> list[Finding]:
    """The gravest outcomes first, otherwise in order."""
    order = {outcome: place for place, outcome in enumerate(MARKS)}
    return sorted(findings, key=lambda finding: order[finding.outcome])


def limit(finding: Finding) -> str:
    """What is allowed, and how it was written where it follows from something else."""
    rule = finding.rule
    sides = [
        _side("≥", rule.low, _whole(finding, finding.low, ROUND_CEILING), finding),
        _side("≤", rule.high, _whole(finding, finding.high, ROUND_FLOOR), finding),
    ]
    return ", ".join(side for side in sides if side)


def sentence(finding: Finding) -> str:
    """What is wrong, with the figures; for a kept budget, that it is."""
    subject = f"{finding.job_id}: {finding.rule.figure}"
    if finding.outcome is Outcome.NOT_MEASURED:
        return one_line(f"{subject} was not measured: {finding.reason}")
    if finding.outcome is Outcome.INCOMPARABLE:
        return one_line(f"{subject} is incomparable: {finding.reason}")
    text = f"{subject} is {amount(finding, finding.actual)}, allowed is {limit(finding)}"
    if finding.base is not None:
        what = "set on" if finding.rule.set_on is not None else _base_name(finding)
        text += f"; {what} {amount(finding, finding.base)}, change {change(finding)}"
    return one_line(f"{text} ({finding.reason})" if finding.reason else text)


def place(finding: Finding) -> str:
    """``budgets.yml:12``, or the budget's pattern where it was written in no file."""
    return str(finding.rule.at) if finding.rule.at is not None else repr(finding.pattern)


def verdict(judgement: Judgement) -> str:
    """``Budgets broken: 1 broken, 4 kept.``"""
    head = {
        EXIT_KEPT: "Budgets kept",
        EXIT_BROKEN: "Budgets broken",
        EXIT_NOT_MEASURED: "Budgets not judged",
    }[judgement.exit_code]
    counts = judgement.counts
    found = [f"{counts[outcome]} {outcome}" for outcome in MARKS if counts[outcome]]
    return f"{head}: {', '.join(found) or 'nothing was measured'}."


def footnotes(judgement: Judgement) -> list[str]:
    """What the run was compared with, and what no budget is for."""
    lines = [f"Run {judgement.run.run_id} of {judgement.run.suite}."]
    if judgement.baselines:
        newest, *others = judgement.baselines
        more = f", and {len(others)} more for times" if others else ""
        lines.append(f"Baseline {newest.run_id} of {newest.suite}{more}.")
    if judgement.unguarded:
        count = len(judgement.unguarded)
        lines.append(f"{count} {'job has' if count == 1 else 'jobs have'} no budget.")
    return [one_line(line) for line in lines]


def _base_name(finding: Finding) -> str:
    in_run = any(bound.against is Against.FLOAT32 for bound in finding.rule.bounds)
    return "float32" if in_run else "baseline"


def _side(sign: str, bound: Bound | None, value: Decimal | None, finding: Finding) -> str:
    if bound is None:
        return ""
    if value is None:
        return f"{sign} {bound.text}"
    written = "" if bound.against is Against.NOTHING else f" [{bound.text}]"
    return f"{sign} {amount(finding, value)}{written}"


def _whole(finding: Finding, value: Decimal | None, rounding: str) -> Decimal | None:
    """The last whole byte that is allowed: sizes have no fractions."""
    if value is None or finding.rule.figure not in SIZES:
        return value
    return value.to_integral_value(rounding)
