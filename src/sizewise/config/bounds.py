"""One end of a budget as it is written: ``25 kB``, ``+5 %``, ``1 pp``, ``1.5x float32``.

A bound without a sign is the limit itself; one with a sign is a change against the baseline,
and needs a unit, because YAML reads ``+0.5`` as 0.5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from sizewise.domain.budget import Against, Bound, Figure, Measure
from sizewise.units import parse_bytes

_BOUND = re.compile(
    r"(?P<sign>[+\-−])?\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z%]*)(?P<float32>\s+float32)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class _Written:
    """The parts of a bound's text."""

    text: str
    sign: str
    number: Decimal
    unit: str
    float32: bool

    def bound(
        self,
        amount: Decimal,
        measure: Measure = Measure.UNIT,
        against: Against | None = None,
    ) -> Bound:
        """A bound with the sign applied: a signed one is against the base."""
        against = against or (Against.BASE if self.sign else Against.NOTHING)
        return Bound(self.text, -amount if self.sign == "-" else amount, measure, against)


def _bytes(written: _Written) -> Bound | None:
    if written.unit == "%":
        return _share_of_base(written)
    if written.sign and not written.unit:
        return None
    try:
        size = parse_bytes(f"{written.number}{written.unit}")
    except ValueError:
        return None
    return written.bound(Decimal(size))


def _count(written: _Written) -> Bound | None:
    if written.unit == "%":
        return _share_of_base(written)
    if written.unit or written.sign or written.number % 1:
        return None
    return written.bound(written.number)


def _share_of_base(written: _Written) -> Bound | None:
    return written.bound(written.number / 100, Measure.SHARE) if written.sign else None


def _loss(written: _Written) -> Bound | None:
    if written.unit == "pp":
        return written.bound(written.number / 100, Measure.POINTS)
    if written.unit == "%":
        return written.bound(written.number / 100, Measure.OF_REFERENCE)
    return None if written.unit or written.sign else written.bound(written.number)


def _share(written: _Written) -> Bound | None:
    if written.unit == ("pp" if written.sign else "%"):
        written = replace(written, number=written.number / 100, unit="")
    elif written.unit or written.sign:
        return None
    return written.bound(written.number) if written.number <= 1 else None


def _decibels(written: _Written) -> Bound | None:
    if written.unit == "dB" or not (written.unit or written.sign):
        return written.bound(written.number)
    return None


def _ratio(written: _Written) -> Bound | None:
    if written.unit == "%":
        return _share_of_base(written)
    if written.unit != "x" or written.sign or not written.number:
        return None
    against = Against.FLOAT32 if written.float32 else Against.BASE
    return written.bound(written.number - 1, Measure.SHARE, against)


_SIZES = (_bytes, "25 kB, 25 KiB, or against the baseline +5 %, -1 kB, ±2 %")
_LOSSES = (_loss, "1 pp, 1 % (of the reference), 0.01, or against the baseline +0.5 pp, +1 %")
_SHARES = (_share, "98 %, 0.98, or against the baseline -1 pp")
_TIMES = (_ratio, "1.5x or +50 % (against the baseline), 1.5x float32 (of the same run)")
_FORMS = {
    Figure.RAW: _SIZES,
    Figure.GZIP: _SIZES,
    Figure.BROTLI: _SIZES,
    Figure.FILE: _SIZES,
    Figure.TOTAL_FILES: (_count, "3, or against the baseline +0 %"),
    Figure.DROP: _LOSSES,
    Figure.DROP_SHOWN: _LOSSES,
    Figure.AGREEMENT: _SHARES,
    Figure.AGREEMENT_SHOWN: _SHARES,
    Figure.SQNR: (_decibels, "20 dB, or against the baseline -1 dB"),
    Figure.CONVERSION: _TIMES,
    Figure.LATENCY: _TIMES,
}
"""How each figure's bounds are read, and what they look like."""

DESCRIPTIONS: Mapping[Figure, str] = {figure: forms for figure, (_, forms) in _FORMS.items()}
"""What a bound of each figure looks like, for messages and for the JSON schema."""


def parse_bound(figure: Figure, text: str) -> Bound:
    """The bound of ``figure`` that ``text`` states.

    Raises ValueError with the forms that it may have.
    """
    read, forms = _FORMS[figure]
    match = _BOUND.fullmatch(text.strip())
    bound = None
    if match is not None and (match["float32"] is None or match["unit"] == "x"):
        sign = (match["sign"] or "").replace("−", "-")
        float32 = match["float32"] is not None
        number = Decimal(match["number"])
        bound = read(_Written(text.strip(), sign, number, match["unit"], float32))
    if bound is None:
        raise ValueError(f"{text!r} is no limit of {figure}: write {forms}")
    return bound
