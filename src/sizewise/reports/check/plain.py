"""Verdicts on budgets for programs: every figure, unrounded, as JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from sizewise.analysis.budgets import Finding, Judgement
from sizewise.analysis.budgets.figures import WHOLE
from sizewise.domain import FORMAT_VERSION
from sizewise.domain.budget import Bound
from sizewise.records import Run
from sizewise.reports.check.wording import sentence


def as_json(judgement: Judgement) -> str:
    """``{"format": 1, "exit_code": 1, "counts": {...}, "findings": [...]}``, strict JSON.

    Figures are in bytes, files, the metric's unit, shares of 1, dB and seconds; one that is
    absent or infinite is null.
    """
    document = {
        "format": FORMAT_VERSION,
        "exit_code": judgement.exit_code,
        "counts": {outcome.value: count for outcome, count in judgement.counts.items()},
        "run": _run(judgement.run),
        "baselines": [_run(baseline) for baseline in judgement.baselines],
        "findings": [_finding(finding) for finding in judgement.findings],
        "unguarded": list(judgement.unguarded),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _run(run: Run) -> dict[str, Any]:
    return {"suite": run.suite, "run_id": run.run_id, "fingerprint": run.fingerprint}


def _finding(finding: Finding) -> dict[str, Any]:
    rule, at = finding.rule, finding.rule.at
    exact = rule.figure in WHOLE
    return {
        "job_id": finding.job_id,
        "runtime": finding.runtime,
        "figure": rule.figure.value,
        "outcome": finding.outcome.value,
        "actual": _value(finding.actual, exact=exact),
        "base": _value(finding.base, exact=exact),
        "change": _value(finding.change, exact=exact),
        "low": _value(finding.low, exact=False),
        "high": _value(finding.high, exact=False),
        "min": _text(rule.low),
        "max": _text(rule.high),
        "set": _value(rule.set_on, exact=exact),
        "pattern": finding.pattern,
        "file": None if at is None else str(at.file),
        "line": None if at is None else at.line,
        "reason": finding.reason,
        "message": sentence(finding),
    }


def _value(value: Decimal | None, *, exact: bool) -> int | float | None:
    if value is None or not value.is_finite():
        return None
    return int(value) if exact else float(value)


def _text(bound: Bound | None) -> str | None:
    return None if bound is None else bound.text
