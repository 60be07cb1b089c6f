"""A run's times as the JSON that pytest-benchmark saves, compares and plots."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sizewise.domain import Record
from sizewise.records import Run
from sizewise.reports.exports.rows import working_rows

VERSION = "5.1.0"
"""The version of pytest-benchmark whose files this is modelled on."""
_EXTRA = (
    "artifact_sha256",
    "size_raw_bytes",
    "size_gzip_bytes",
    "size_brotli_bytes",
    "metric_value",
    "metric_drop",
    "agreement",
    "sqnr_db",
)
"""Columns that go along as extra information."""


def pytest_benchmark(run: Run) -> str:
    """The latencies with their samples, and the conversions as one round each; in seconds.

    ``pytest-benchmark compare BASE.json HEAD.json`` puts two runs side by side. Sizes and drift
    are no durations: they are in each benchmark's ``extra_info``.
    """
    document = {
        "machine_info": _machine(run),
        "commit_info": {
            "id": "unversioned",
            "time": None,
            "author_time": None,
            "dirty": False,
            "error": None,
            "project": run.suite,
            "branch": "(unknown)",
        },
        "benchmarks": list(_benchmarks(run)),
        "datetime": run.started.isoformat(),
        "version": VERSION,
    }
    return json.dumps(document, indent=4, ensure_ascii=True, allow_nan=False) + "\n"


def _benchmarks(run: Run) -> Iterator[Mapping[str, Any]]:
    for name, record in working_rows(run):
        if record.latencies_seconds:
            yield _benchmark(run, "latency", name, record, record.latencies_seconds)
        if record.conversion_seconds is not None:
            yield _benchmark(run, "conversion", name, record, (record.conversion_seconds,))


def _benchmark(
    run: Run, group: str, name: str, record: Record, samples: Sequence[float]
) -> Mapping[str, Any]:
    return {
        "group": group,
        "name": f"{group}[{name}]",
        "fullname": f"{run.suite}::{group}[{name}]",
        "params": {"job_id": name},
        "param": name,
        "extra_info": {column: getattr(record, column) for column in _EXTRA},
        "options": {},
        "stats": _stats(samples),
    }


def _stats(samples: Sequence[float]) -> Mapping[str, Any]:
    """The statistics that pytest-benchmark computes when it saves; it does not when it loads."""
    mean, total = statistics.fmean(samples), math.fsum(samples)
    stddev = statistics.stdev(samples) if len(samples) > 1 else 0.0
    q1, median, q3 = (
        statistics.quantiles(samples, n=4, method="inclusive")
        if len(samples) > 1
        else (samples[0],) * 3
    )
    low, high = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
    inside = [sample for sample in samples if low <= sample <= high]
    by_stddev = sum(abs(sample - mean) > stddev for sample in samples)
    by_iqr = len(samples) - len(inside)
    return {
        "min": min(samples),
        "max": max(samples),
        "mean": mean,
        "stddev": stddev,
        "rounds": len(samples),
        "median": median,
        "iqr": q3 - q1,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": by_iqr,
        "stddev_outliers": by_stddev,
        "outliers": f"{by_stddev};{by_iqr}",
        "ld15iqr": min(inside),
        "hd15iqr": max(inside),
        "ops": 1 / mean if mean else 0.0,
        "total": total,
        "data": list(samples),
        "iterations": 1,
    }


def _machine(run: Run) -> Mapping[str, Any]:
    told = {name: str(value) for name, value in run.environment.items()}
    implementation, _, version = told.get("python", "").partition(" ")
    return {
        "node": run.fingerprint,
        "processor": told.get("machine", ""),
        "machine": told.get("machine", ""),
        "python_implementation": implementation,
        "python_version": version or implementation,
        "system": told.get("os", ""),
        "cpu": {"brand_raw": told.get("cpu", ""), "count": run.environment.get("cores")},
        "sizewise": told,
    }
