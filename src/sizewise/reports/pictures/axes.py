"""Axes that suit sizes and losses: where they start and end, and which values are named."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from sizewise.reports.pictures.theme import Spec

BYTES_LABEL = (
    "datum.value < 1000 ? format(datum.value, '~r') + ' B' : "
    "datum.value < 1000000 ? format(datum.value / 1000, '~r') + ' kB' : "
    "format(datum.value / 1000000, '~r') + ' MB'"
)
"""A Vega expression: 1 kB is 1000 bytes."""
NO_OVERLAP: Spec = {"labelOverlap": "greedy", "labelSeparation": 8}
"""Labels that narrow charts leave out."""

_LINEAR_UP_TO = 12.0
"""Losses up to so many times the limit are drawn to scale."""
_MARGIN = 0.06


def size_axis(sizes: Sequence[float]) -> tuple[Spec, list[float]]:
    """A logarithmic scale for sizes in bytes, and the values to name on it."""
    low, high = min(sizes), max(sizes)
    # A few per cent at least, or a single size would have no axis.
    margin = max((high / low) ** 0.09, 1.12)
    domain = _rounded([low / margin, high * margin])
    named = ticks(domain, math.log, gap=0.09)
    scale = {"type": "log", "domain": domain, "nice": False}
    return scale, named if len(named) > 2 else _even(domain)


def loss_axis(values: Sequence[float], limit: float | None) -> tuple[Spec, list[float]]:
    """A scale for losses, and the values to name on it.

    Where the worst loss is many times the limit it is linear up to about the limit and
    logarithmic beyond (Webber, "A bi-symmetric log transformation for wide-range data",
    Measurement Science and Technology 24, 2013): a ruined variant must not flatten the others.
    """
    low, high = min(0.0, *values), max(0.0, *values)
    largest = max(-low, high)
    unit = limit or _typical(values)
    if unit == 0 or largest <= _LINEAR_UP_TO * unit:
        reach = (high - low) or 1.0
        domain = _rounded([low - _MARGIN * reach, high + _MARGIN * reach])
        return {"type": "linear", "domain": domain, "nice": False}, []

    def shape(value: float) -> float:
        return math.copysign(math.log1p(abs(value) / unit), value)

    reach = shape(high) - shape(low)
    bottom, top = shape(low) - _MARGIN * reach, shape(high) + _MARGIN * reach
    domain = _rounded([math.copysign(math.expm1(abs(e)) * unit, e) for e in (bottom, top)])
    scale = {"type": "symlog", "constant": unit, "domain": domain, "nice": False}
    return scale, ticks(domain, shape, gap=0.075)


def decibel_axis(values: Sequence[float]) -> tuple[Spec, list[float]]:
    """A scale for signal-to-noise ratios in dB: much signal to little noise is at the bottom, as
    little is with losses. No values are named.
    """
    margin = _MARGIN * (max(values) - min(values)) or 1.0
    domain = _rounded([min(values) - margin, max(values) + margin])
    scale = {"type": "linear", "domain": domain, "reverse": True, "nice": False, "zero": False}
    return scale, []


def ticks(domain: Sequence[float], shape: Callable[[float], float], *, gap: float) -> list[float]:
    """Round values within ``domain``, the roundest first choice, that keep ``gap`` of
    the axis between each other; ``shape`` maps a value to its place on the axis.
    """
    low, high = domain
    chosen: list[float] = []
    room = gap * (shape(high) - shape(low))
    for value in _round_values(low, high):
        if low <= value <= high and all(abs(shape(value) - shape(c)) >= room for c in chosen):
            chosen.append(value)
    return sorted(chosen)


def _even(domain: Sequence[float]) -> list[float]:
    """Multiples of a round step, six of them at most: for sizes that are nearly the same."""
    low, high = domain
    power = 10.0 ** math.floor(math.log10((high - low) / 6))
    step = next(digit * power for digit in (1, 2, 5, 10) if (high - low) / (digit * power) <= 6)
    return [count * step for count in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _round_values(low: float, high: float) -> Iterable[float]:
    """0, then powers of ten from the largest, then 5, 2 and the digits between of each."""
    largest = max(abs(low), abs(high))
    last = math.floor(math.log10(largest))
    first = last - 4 if low <= 0 else math.floor(math.log10(low))
    if low <= 0:
        yield 0.0
    for digit in (1, 5, 2, 3, 7, 1.5, 4):
        for power in range(last, first - 1, -1):
            value = float(f"{digit}e{power}")
            yield value
            yield -value


def _typical(values: Sequence[float]) -> float:
    sizes = sorted(abs(value) for value in values if value)
    return sizes[len(sizes) // 2] if sizes else 0.0


def _rounded(values: Sequence[float]) -> list[float]:
    """Six digits: the last ones of logarithms differ from machine to machine."""
    return [float(f"{value:.6g}") for value in values]
