"""What budgets limit, read from a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from sizewise.analysis.standing import sqnr_of
from sizewise.domain import Record
from sizewise.domain.budget import Figure

TIMES = frozenset({Figure.CONVERSION, Figure.LATENCY})
"""Figures that vary from run to run, and from machine to machine."""
WHOLE = frozenset({Figure.RAW, Figure.GZIP, Figure.BROTLI, Figure.FILE, Figure.TOTAL_FILES})
"""Figures that are counted, so that they are compared without any allowance for rounding."""


_COMPRESSED = {Figure.GZIP: "gzip", Figure.BROTLI: "brotli"}
_ON_SAMPLES = frozenset(
    {
        Figure.DROP,
        Figure.DROP_SHOWN,
        Figure.AGREEMENT,
        Figure.AGREEMENT_SHOWN,
        Figure.SQNR,
    }
)
OF_METRIC = frozenset({Figure.DROP, Figure.DROP_SHOWN})
"""Figures that need labels."""

_VALUES: Mapping[Figure, Callable[[Record], float | None]] = {
    Figure.RAW: lambda record: record.size_raw_bytes,
    Figure.GZIP: lambda record: record.size_gzip_bytes,
    Figure.BROTLI: lambda record: record.size_brotli_bytes,
    Figure.FILE: lambda record: max(record.file_sizes_bytes, default=None),
    Figure.TOTAL_FILES: lambda record: len(record.files) or None,
    Figure.DROP: lambda record: record.metric_drop,
    Figure.DROP_SHOWN: lambda record: record.metric_drop_high,
    Figure.AGREEMENT: lambda record: record.agreement,
    Figure.AGREEMENT_SHOWN: lambda record: record.agreement_low,
    Figure.SQNR: sqnr_of,
    Figure.CONVERSION: lambda record: record.conversion_seconds,
    Figure.LATENCY: lambda record: record.latency_seconds,
}


def value_of(figure: Figure, record: Record) -> Decimal | None:
    """The row's figure, in the unit that ``Finding`` tells; None if it was not measured.

    The SQNR of outputs without any noise is infinite.
    """
    value = _VALUES[figure](record)
    return None if value is None else Decimal(str(value))


def samples_of(figure: Figure, record: Record) -> tuple[float, ...]:
    """The raw samples of a time, in seconds; its one value where there are no others."""
    if figure is Figure.LATENCY and record.latencies_seconds:
        return record.latencies_seconds
    value = _VALUES[figure](record)
    return () if value is None else (value,)


def why_incomparable(figure: Figure, record: Record, base: Record) -> str | None:
    """Why the two rows' figures cannot be compared; None if they can.

    Times are not the business of this function: see ``bases.why_elsewhere``.
    """
    if figure in _COMPRESSED:
        now, then = (_compressor(_COMPRESSED[figure], row.compression) for row in (record, base))
        if now != then:
            return f"compressed with {now}, in the baseline with {then}"
    if figure in OF_METRIC and record.metric != base.metric:
        return f"judged by {record.metric}, in the baseline by {base.metric}"
    if figure in _ON_SAMPLES and record.samples != base.samples:
        return f"judged on {record.samples} samples, in the baseline on {base.samples}"
    return None


def _compressor(name: str, compression: str | None) -> str | None:
    """The part of ``gzip 6 (zlib 1.3), brotli 5 (1.1.0)`` that is about ``name``."""
    parts = (compression or "").split(", ")
    return next((part for part in parts if part.startswith(name)), compression)
