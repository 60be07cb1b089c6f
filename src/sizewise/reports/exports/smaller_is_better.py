"""A run as the list that github-action-benchmark reads with ``tool: customSmallerIsBetter``."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping
from typing import Any

from sizewise.analysis.figures import BROTLI, CONVERSION, GZIP, LATENCY, METRIC, RAW, Figure, Unit
from sizewise.domain import Record
from sizewise.records import Run
from sizewise.reports.exports.rows import working_rows

_FIGURES = (RAW, GZIP, BROTLI, METRIC, CONVERSION, LATENCY)


def smaller_is_better(run: Run) -> str:
    """``[{"name": "kws/uint8@tfjs: brotli", "unit": "bytes", "value": 22564, ...}, ...]``.

    The action's alerts are ratios of two values, so only figures are among them that are above
    0 and better when smaller: sizes, times, and error metrics such as ``mae``. What else there
    is of a row stands in ``extra``.
    """
    return json.dumps(list(_entries(run)), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _entries(run: Run) -> Iterator[Mapping[str, Any]]:
    for name, record in working_rows(run):
        for figure in _FIGURES:
            value = figure.value(record)
            if value is None or value <= 0 or not figure.smaller_is_better(record):
                continue
            metric = figure.unit is Unit.METRIC
            entry: dict[str, Any] = {
                "name": f"{name}: {record.metric if metric else figure.name}",
                "unit": record.metric if metric else figure.unit.value,
                "value": value,
            }
            if spread := _spread(figure, record):
                entry["range"] = spread
            yield entry | {"extra": _extra(run, figure, record)}


def _spread(figure: Figure, record: Record) -> str | None:
    if figure is not LATENCY or len(record.latencies_seconds) < 2:
        return None
    return f"± {statistics.stdev(record.latencies_seconds):.3g}"


def _extra(run: Run, figure: Figure, record: Record) -> str:
    told = {
        "run": run.run_id,
        "runtime": record.runtime,
        "samples": len(record.latencies_seconds) if figure is LATENCY else None,
        "metric drop": record.metric_drop,
        "agreement": record.agreement,
        "SQNR in dB": record.sqnr_db,
    }
    return "\n".join(f"{name}: {value}" for name, value in told.items() if value is not None)
