"""A trend for programs: every series with its values, unrounded, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sizewise.analysis.trend import Change, Failing, RunPoint, Trend, Watched
from sizewise.domain import FORMAT_VERSION
from sizewise.records.history import History


def as_json(trend: Trend, history: History) -> str:
    """``{"format": 1, "alpha": 0.05, "runs": [...], "series": [...], "failing": [...]}``.

    Strict JSON. A series' ``places`` count ``runs`` from 0; its ``values`` are in bytes,
    seconds, shares of 1, dB or the metric's unit.
    """
    document = {
        "format": FORMAT_VERSION,
        "alpha": trend.alpha,
        "runs": [_run(run) for run in trend.runs],
        "series": [_series(trend, watched) for watched in trend.series],
        "failing": [_failing(trend, failing) for failing in trend.failing],
        "repeated": [str(path) for path in history.repeated],
        "unreadable": [str(error) for error in history.unreadable],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _run(run: RunPoint) -> Mapping[str, Any]:
    return {
        "suite": run.suite,
        "run_id": run.run_id,
        "started": run.started.isoformat(),
        "fingerprint": run.fingerprint,
    }


def _series(trend: Trend, watched: Watched) -> Mapping[str, Any]:
    series = watched.series
    return {
        "suite": series.suite,
        "job_id": series.job_id,
        "runtime": series.runtime,
        "figure": series.figure.name,
        "column": series.figure.column,
        "unit": series.figure.unit.value,
        "condition": series.condition,
        "smaller_is_better": series.smaller_is_better,
        "places": list(series.places),
        "values": list(series.values),
        "behaviour": watched.verdict.behaviour.value,
        "changes": [_change(trend, watched, change) for change in watched.verdict.changes],
    }


def _change(trend: Trend, watched: Watched, change: Change) -> Mapping[str, Any]:
    first, last = trend.between(watched, change)
    return {
        "kind": change.kind.value,
        "run_id": trend.run_of(watched, change).run_id,
        "earliest_run_id": first.run_id,
        "latest_run_id": last.run_id,
        "old": change.old,
        "new": change.new,
        "per_run": change.per_run,
        "p_value": change.p_value,
        "worse": watched.worsens(change),
        "sure": trend.sure(change),
        "environment_changed": trend.elsewhere(watched, change),
    }


def _failing(trend: Trend, failing: Failing) -> Mapping[str, Any]:
    return {
        "suite": failing.suite,
        "job_id": failing.job_id,
        "runtime": failing.runtime,
        "since_run_id": trend.runs[failing.since].run_id,
        "reason": failing.reason,
    }
