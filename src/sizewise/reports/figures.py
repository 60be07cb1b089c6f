"""Figures and their changes as people read them."""

from __future__ import annotations

from sizewise.analysis.figures import DROP, SQNR_CEILING, Figure, Unit
from sizewise.reports.scale import Scale
from sizewise.units import (
    ABSENT,
    decimals_for,
    format_bytes,
    format_change,
    format_number,
    format_seconds,
)

_RATIOS = frozenset({Unit.BYTES, Unit.SECONDS})
"""Units whose changes are told in per cent."""
_SEEN = 0.0005
"""Shares of a size below which its change is told in bytes."""
_MOST_DECIMALS = 5


def value_text(figure: Figure, value: float | None, metric: str | None) -> str:
    """``22.9 kB``, ``1.25 s``, ``99.3 %``, ``23.7 dB``, ``91.3 %``, ``44.12``; of a drop
    ``+0.2 pp``. ``metric`` is the name of the model's metric.
    """
    if value is None:
        return ABSENT
    match figure.unit:
        case Unit.BYTES:
            return format_bytes(round(value))
        case Unit.SECONDS:
            return format_seconds(value)
        case Unit.SHARE:
            return f"{format_number(value * 100, 1)} %"
        case Unit.DECIBELS:
            return "∞ dB" if value >= SQNR_CEILING else f"{format_number(value, 1)} dB"
        case Unit.METRIC:
            return _metric_text(figure, value, metric)


def _metric_text(figure: Figure, value: float, metric: str | None) -> str:
    scale = Scale.of(metric, value, None)
    if figure is DROP:
        return f"{scale.change(value)} {scale.drop_unit}".rstrip()
    return f"{scale.value(value)} {scale.unit}".rstrip()


def change_text(figure: Figure, old: float | None, new: float | None, metric: str | None) -> str:
    """``+3.0 %`` of a size or time, ``+12 B`` of a size that hardly changes, ``−0.3 pp``,
    ``−1.2 dB``; nothing for no change, an en dash where one of both is absent.
    """
    if old is None or new is None:
        return ABSENT
    if old == new:
        return ""
    if figure.unit is Unit.BYTES and (old <= 0 or abs(new / old - 1) < _SEEN):
        return f"{format_change(new - old, 0)} B"
    if figure.unit in _RATIOS:
        return rate_text(figure, new / old - 1, metric) if old > 0 else ABSENT
    return rate_text(figure, new - old, metric)


def rate_text(figure: Figure, change: float, metric: str | None) -> str:
    """A change in the unit that changes of the figure are told in: of a size or time the share
    by which it changed, else a difference.
    """
    if figure.unit in _RATIOS:
        return f"{_signed(change * 100)} %"
    match figure.unit:
        case Unit.SHARE:
            return f"{_signed(change * 100)} pp"
        case Unit.DECIBELS:
            return f"{_signed(change)} dB"
        case _:
            scale = Scale.of(metric, None, None)
            return f"{_signed(change * scale.factor)} {scale.drop_unit}".rstrip()


def _signed(value: float) -> str:
    """Two significant digits, and one decimal at least."""
    return format_change(value, min(max(1, decimals_for(value, digits=2)), _MOST_DECIMALS))
