"""A comparison for programs: every figure of both runs, unrounded, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sizewise.analysis.compare import Comparison, Mark, RowChange
from sizewise.domain import FORMAT_VERSION
from sizewise.records import Run


def as_json(comparison: Comparison) -> str:
    """``{"format": 1, "base": {...}, "head": {...}, "counts": {...}, "rows": [...]}``.

    Strict JSON: figures are in bytes, seconds, shares of 1, dB and the metric's unit; one that
    was not measured is null.
    """
    document = {
        "format": FORMAT_VERSION,
        "base": _run(comparison.base),
        "head": _run(comparison.head),
        "environment": [
            {"name": name, "base": base, "head": head}
            for name, base, head in comparison.environment
        ],
        "counts": {mark.value: comparison.count(mark) for mark in Mark},
        "rows": [_row(row) for row in comparison.rows],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _run(run: Run) -> Mapping[str, Any]:
    return {
        "suite": run.suite,
        "run_id": run.run_id,
        "state": run.state.value,
        "started": run.started.isoformat(),
        "fingerprint": run.fingerprint,
    }


def _row(row: RowChange) -> Mapping[str, Any]:
    return {
        "job_id": row.job_id,
        "runtime": row.runtime,
        "mark": row.mark.value,
        "why": row.why,
        "figures": [
            {
                "figure": change.figure.name,
                "column": change.figure.column,
                "unit": change.figure.unit.value,
                "base": change.base,
                "head": change.head,
                "mark": change.mark.value,
                "why": change.why,
            }
            for change in row.figures
        ],
    }
