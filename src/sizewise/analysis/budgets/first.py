"""Budgets for a run that has none yet, which the run itself keeps."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sizewise.analysis.budgets.figures import WHOLE, value_of
from sizewise.domain import SHARE_METRICS, Record, Status
from sizewise.domain.budget import Against, Bound, Budget, Figure, Measure, Rule
from sizewise.records import Run

_DIGITS = 3
"""Significant digits of a limit on a loss."""
_NOISE_FROM = 12
"""Decimals from which on a float is noise."""


def first_budgets(
    run: Run, slack: Decimal, figures: Sequence[Figure] = (Figure.BROTLI,)
) -> tuple[Budget, ...]:
    """A budget for each job of ``run`` that was measured, in order.

    Sizes (``figures``) are set on what they are and may grow by ``slack``, a share of 1, of
    that, now and ever: many small steps do not pass. The loss has the limit of the suite, or
    what it is where it is beyond that; without labels, agreement may not fall below what it is,
    rounded down to a tenth of a per cent, and without that the SQNR, to a tenth of a dB.

    Raises ValueError for a negative slack and for figures that are no sizes.
    """
    if slack < 0 or not set(figures) <= WHOLE:
        raise ValueError(f"{slack} and {list(figures)} are no slack and sizes")
    grown = Bound(f"+{_plain(slack * 100)} %", slack, Measure.SHARE, Against.BASE)
    budgets = []
    for record in run.records:
        rules = [
            Rule(figure, grown, set_on=value)
            for figure in figures
            if (value := value_of(figure, record)) is not None
        ]
        if (quality := _quality(record)) is not None:
            rules.append(quality)
        if record.status is Status.OK and rules:
            budgets.append(Budget(record.job_id, tuple(rules)))
    return tuple(budgets)


def _quality(record: Record) -> Rule | None:
    drop = value_of(Figure.DROP, record)
    if drop is not None and record.max_drop is not None:
        limit = max(Decimal(str(record.max_drop)), _rounded_up(drop))
        return Rule(Figure.DROP, high=_loss(limit, record.metric))
    agreement = value_of(Figure.AGREEMENT, record)
    if agreement is not None:
        share = agreement.quantize(Decimal("0.001"), ROUND_FLOOR)
        return Rule(Figure.AGREEMENT, low=_absolute(f"{_plain(share * 100)} %", share))
    sqnr = value_of(Figure.SQNR, record)
    # Below 0 dB there is more noise than signal: nothing worth holding.
    if sqnr is not None and sqnr.is_finite() and sqnr > 0:
        decibels = sqnr.quantize(Decimal("0.1"), ROUND_FLOOR)
        return Rule(Figure.SQNR, low=_absolute(f"{_plain(decibels)} dB", decibels))
    return None


def _loss(limit: Decimal, metric: str | None) -> Bound:
    if metric in SHARE_METRICS:
        return Bound(f"{_plain(limit * 100)} pp", limit, Measure.POINTS, Against.NOTHING)
    return _absolute(_plain(limit), limit)


def _absolute(text: str, amount: Decimal) -> Bound:
    return Bound(text, amount, Measure.UNIT, Against.NOTHING)


def _rounded_up(value: Decimal) -> Decimal:
    """``value`` with a few digits, not below itself but for the noise of floating point."""
    value = round(value, _NOISE_FROM)
    if not value:
        return value
    return value.quantize(Decimal(1).scaleb(value.adjusted() - _DIGITS + 1), ROUND_CEILING)


def _plain(value: Decimal) -> str:
    """The number without an exponent and without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
