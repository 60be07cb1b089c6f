"""The figures of a row that runs are compared by: units, directions, and what makes two of them
comparable.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from sizewise.analysis.standing import sqnr_of
from sizewise.domain import Record

SQNR_CEILING = 200.0
"""What stands for an SQNR without any noise: float32 outputs reach about 150 dB."""

_ERRORS = frozenset({"mae", "rmse"})
"""Metrics of which less is better, where a row's drop does not tell."""


class Unit(StrEnum):
    """What a figure is counted in."""

    BYTES = "bytes"
    SECONDS = "seconds"
    SHARE = "share"
    DECIBELS = "dB"
    METRIC = "metric"
    """The model's own metric, or points of it."""


class Kind(StrEnum):
    """What a figure is about, and so how two of them are compared."""

    SIZE = "size"
    """Counted: the same input gives the same figure."""
    DRIFT = "drift"
    """Computed from fixed samples: the same on one machine, and nearly so on others."""
    TIME = "time"
    """Measured: never twice the same."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a row.

    ``value`` gives it, None if it was not measured. Two rows' figures are comparable if
    ``condition`` says the same of both; ``condition_name`` says what that is.
    """

    name: str
    column: str
    unit: Unit
    kind: Kind
    value: Callable[[Record], float | None]
    smaller_is_better: Callable[[Record], bool]
    condition: Callable[[Record], str | None]
    condition_name: str


def metric_points_down(record: Record) -> bool:
    """Whether less of the row's metric is better: its drop's sign tells, else its name."""
    value, reference, drop = record.metric_value, record.metric_reference, record.metric_drop
    if value is not None and reference is not None and drop and value != reference:
        return (value - reference) * drop > 0
    return record.metric in _ERRORS


def compressor(name: str) -> Callable[[Record], str | None]:
    """What compressed a row's files, of ``gzip 6 (zlib 1.3), brotli 5 (1.1.0)`` the part that
    starts with ``name``; all of it where there is no such part.
    """

    @lru_cache
    def part_of(compression: str | None) -> str | None:
        parts = (compression or "").split(", ")
        return next((part for part in parts if part.startswith(name)), compression)

    return lambda record: part_of(record.compression)


def _sqnr(record: Record) -> float | None:
    sqnr = sqnr_of(record)
    return None if sqnr is None else min(sqnr, SQNR_CEILING)


def _samples(record: Record) -> str | None:
    return None if record.samples is None else f"{record.samples} samples"


def _metric(record: Record) -> str | None:
    return f"{record.metric}, {_samples(record) or 'samples unknown'}"


def _machine(record: Record) -> str | None:
    return record.environment


def _machine_and_runtime(record: Record) -> str | None:
    return f"{record.environment}, {record.runtime}"


def _always(_: Record) -> bool:
    return True


def _never(_: Record) -> bool:
    return False


def _anywhere(_: Record) -> str | None:
    return None


def _figure(  # noqa: PLR0917 - a table's columns
    name: str,
    column: str,
    unit: Unit,
    kind: Kind,
    smaller_is_better: Callable[[Record], bool],
    condition: Callable[[Record], str | None] = _anywhere,
    condition_name: str = "",
    value: Callable[[Record], float | None] | None = None,
) -> Figure:
    def read(record: Record) -> float | None:
        cell: float | None = getattr(record, column)
        return None if cell is None or not math.isfinite(cell) else cell

    return Figure(
        name, column, unit, kind, value or read, smaller_is_better, condition, condition_name
    )


RAW = _figure("raw", "size_raw_bytes", Unit.BYTES, Kind.SIZE, _always)
GZIP = _figure(
    "gzip",
    "size_gzip_bytes",
    Unit.BYTES,
    Kind.SIZE,
    _always,
    compressor("gzip"),
    "compression",
)
BROTLI = _figure(
    "brotli",
    "size_brotli_bytes",
    Unit.BYTES,
    Kind.SIZE,
    _always,
    compressor("brotli"),
    "compression",
)
METRIC = _figure(
    "metric", "metric_value", Unit.METRIC, Kind.DRIFT, metric_points_down, _metric, "data"
)
DROP = _figure("drop", "metric_drop", Unit.METRIC, Kind.DRIFT, _always, _metric, "data")
AGREEMENT = _figure("agreement", "agreement", Unit.SHARE, Kind.DRIFT, _never, _samples, "data")
SQNR = _figure("SQNR", "sqnr_db", Unit.DECIBELS, Kind.DRIFT, _never, _samples, "data", _sqnr)
CONVERSION = _figure(
    "conversion",
    "conversion_seconds",
    Unit.SECONDS,
    Kind.TIME,
    _always,
    _machine,
    "environment",
)
CONVERSION_CPU = _figure(
    "conversion CPU",
    "conversion_cpu_seconds",
    Unit.SECONDS,
    Kind.TIME,
    _always,
    _machine,
    "environment",
)
LATENCY = _figure(
    "latency",
    "latency_seconds",
    Unit.SECONDS,
    Kind.TIME,
    _always,
    _machine_and_runtime,
    "environment or runtime",
)

COMPARED = (RAW, GZIP, BROTLI, METRIC, DROP, AGREEMENT, SQNR, CONVERSION, LATENCY)
"""What two runs are compared by, in the order of a table."""
WATCHED = (RAW, BROTLI, METRIC, AGREEMENT, SQNR, CONVERSION, CONVERSION_CPU, LATENCY)
"""What a history is watched for."""
