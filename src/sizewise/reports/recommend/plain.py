"""Recommendations for programs: every figure, unrounded, as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from sizewise.analysis.pareto import Placed
from sizewise.analysis.recommend import Candidate, Recommendation
from sizewise.analysis.standing import Limits
from sizewise.domain import FORMAT_VERSION, Record


def as_json(answers: Iterable[Recommendation]) -> str:
    """``{"format": 1, "recommendations": [...]}``, strict JSON, indented.

    Variants are named by job id; bytes, seconds and shares are as in the records. A figure
    without a finite value, such as the SQNR of equal outputs, is null.
    """
    document = {
        "format": FORMAT_VERSION,
        "recommendations": [_answer(answer) for answer in answers],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _answer(answer: Recommendation) -> dict[str, Any]:
    return {
        "model": answer.model,
        "optimize": answer.goal.value,
        "limits": _limits(answer.limits),
        "metric": answer.metric,
        "metric_reference": answer.metric_reference,
        "samples": answer.samples,
        "best": _name(answer.best),
        "runner_up": _name(answer.runner_up),
        "next_smaller": _name(answer.next_smaller),
        "nearest": _name(answer.nearest),
        "undecided": [_name(candidate) for candidate in answer.undecided],
        "candidates": [_candidate(candidate) for candidate in answer.candidates],
        "drift": None if answer.drift is None else answer.drift.value,
        "front": [_placed(placed) for placed in answer.front],
        "left_out": [
            {"job_id": left.record.job_id, "reason": left.reason} for left in answer.left_out
        ],
    }


def _limits(limits: Limits) -> dict[str, Any]:
    drop = limits.max_drop
    return {
        "max_drop": None if drop is None else {"value": drop.value, "relative": drop.relative},
        "min_agreement": limits.min_agreement,
        "min_sqnr": limits.min_sqnr,
    }


def _name(candidate: Candidate | None) -> str | None:
    return None if candidate is None else candidate.record.job_id


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        **_identity(candidate.record),
        "cost": candidate.cost,
        "verdict": candidate.verdict.value,
        "samples_needed": candidate.samples_needed,
        "artifact_path": candidate.record.artifact_path,
        "standings": [
            {
                "criterion": standing.criterion.value,
                "verdict": standing.verdict.value,
                "limit": standing.limit,
                "estimate": standing.estimate,
                "low": standing.low,
                "high": standing.high,
            }
            for standing in candidate.standings
        ],
    }


def _identity(record: Record) -> dict[str, Any]:
    return {"job_id": record.job_id, "runtime": record.runtime}


def _placed(placed: Placed[Record]) -> dict[str, Any]:
    return {
        **_identity(placed.item),
        "size": placed.size,
        "drift": placed.drift if math.isfinite(placed.drift) else None,
        "dominated_by": None if placed.dominated_by is None else placed.dominated_by.job_id,
    }
