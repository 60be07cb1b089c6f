"""Figures of budgets as they are shown: each with its unit, sizes with their bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from sizewise.analysis.budgets import Finding
from sizewise.domain.budget import Figure
from sizewise.reports.scale import Scale
from sizewise.units import ABSENT, format_bytes, format_seconds

SIZES = frozenset({Figure.RAW, Figure.GZIP, Figure.BROTLI, Figure.FILE})


def amount(finding: Finding, value: Decimal | None) -> str:
    """A figure of the finding's kind; an en dash for None."""
    if value is None:
        return ABSENT
    if not value.is_finite():
        return "∞"
    return _AMOUNTS[finding.rule.figure](value, _scale(finding))


def short_amount(finding: Finding, value: Decimal | None) -> str:
    """The same without the exact bytes of a size."""
    return amount(finding, value).partition(" (")[0]


def change(finding: Finding) -> str:
    """From base to actual: in per cent for a size, as a ratio for a time, else a difference."""
    difference, base = finding.change, finding.base
    if difference is None or base is None:
        return ABSENT
    if not difference:
        return "0"
    return _CHANGES[finding.rule.figure](difference, base, _scale(finding))


def _scale(finding: Finding) -> Scale:
    return Scale.of(finding.metric, None, None)


def _size(value: Decimal, _: Scale) -> str:
    return f"{value:f} B" if value < 1000 else f"{format_bytes(int(value))} ({int(value):,} B)"


def _count(value: Decimal, _: Scale) -> str:
    return _number(value)


def _loss(value: Decimal, scale: Scale) -> str:
    return f"{_number(value * scale.factor)} {scale.drop_unit}".rstrip()


def _share(value: Decimal, _: Scale) -> str:
    return f"{_number(value * 100)} %"


def _decibels(value: Decimal, _: Scale) -> str:
    return f"{_number(value)} dB"


def _time(value: Decimal, _: Scale) -> str:
    return format_seconds(float(value))


def _size_change(difference: Decimal, base: Decimal, _: Scale) -> str:
    sign = _sign(difference)
    exact = f"{sign}{abs(difference):,f} B"
    return f"{sign}{abs(difference / base * 100):.2f} % ({exact})" if base else exact


def _ratio(difference: Decimal, base: Decimal, _: Scale) -> str:
    return f"{(base + difference) / base:.2f}x" if base else ABSENT


def _signed(show: Callable[[Decimal, Scale], str]) -> Callable[[Decimal, Decimal, Scale], str]:
    return lambda difference, _, scale: f"{_sign(difference)}{show(abs(difference), scale)}"


def _points(value: Decimal, _: Scale) -> str:
    return f"{_number(value * 100)} pp"


def _number(value: Decimal) -> str:
    """Six significant digits, without an exponent and without zeros at the end."""
    text = f"{Decimal(f'{value:.6g}'):f}".replace("-", "−")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _sign(value: Decimal) -> str:
    return "−" if value < 0 else "+"


_AMOUNTS: Mapping[Figure, Callable[[Decimal, Scale], str]] = {
    **dict.fromkeys(SIZES, _size),
    Figure.TOTAL_FILES: _count,
    Figure.DROP: _loss,
    Figure.DROP_SHOWN: _loss,
    Figure.AGREEMENT: _share,
    Figure.AGREEMENT_SHOWN: _share,
    Figure.SQNR: _decibels,
    Figure.CONVERSION: _time,
    Figure.LATENCY: _time,
}
_CHANGES: Mapping[Figure, Callable[[Decimal, Decimal, Scale], str]] = {
    **dict.fromkeys(SIZES, _size_change),
    Figure.TOTAL_FILES: _signed(_count),
    Figure.DROP: _signed(_loss),
    Figure.DROP_SHOWN: _signed(_loss),
    Figure.AGREEMENT: _signed(_points),
    Figure.AGREEMENT_SHOWN: _signed(_points),
    Figure.SQNR: _signed(_decibels),
    Figure.CONVERSION: _ratio,
    Figure.LATENCY: _ratio,
}
