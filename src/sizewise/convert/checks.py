"""What is worth knowing about weights before they are stored in fewer bits.

Pure NumPy: arrays in, findings out. Temporary arrays are at most ``CHUNK`` elements long, so that
a check costs no memory worth speaking of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from sizewise.domain import Array
from sizewise.errors import ConversionError

CHUNK = 1 << 18

BLOCK = 1 << 16
"""Elements that stay in a core's cache through several operations on them."""

_FEW = 1 << 10
"""Elements that nearly always tell whether there are many different ones."""

FEWEST_LEVELS = 16
"""Of the 256 levels of 8 bits: with fewer in use, an outlier has stretched the scale."""

_INFINITE_FROM = 65520.0
"""Halfway between the largest float16 and the next power of two: from here on it is infinite."""

_ZERO_UP_TO = 2.0**-25
"""Half of the smallest float16: up to here it is 0."""

_SHOWN = 3

NOTES: Mapping[str, str] = {
    "constant": "one and the same value throughout",
    "empty": "no values at all",
    "levels": f"fewer than {FEWEST_LEVELS} of 256 levels in use, because of an outlier",
    "overflow": "kept in float32, as float16 would make it infinite",
    "vanished": "kept in float32, as float16 would make positive values 0",
    "vanishing": "more than 1 % of its values become 0 in float16",
}
"""What each finding means, to follow the names of the weights."""

KEPT = frozenset(["overflow", "vanished"])
"""Findings for which a weight is not stored in float16."""


def chunks(values: Array, size: int = CHUNK) -> Iterator[Array]:
    """The elements in memory order, at most ``size`` at a time."""
    flat = values.reshape(-1)
    for start in range(0, flat.size, size):
        yield flat[start : start + size]


def is_finite(values: Array) -> bool:
    """Whether no value is NaN or infinite. Integers and text always are finite."""
    return values.dtype.kind not in "fc" or all(
        np.isfinite(part).all() for part in chunks(values, BLOCK)
    )


def require_finite(name: str, values: Array, storage: str) -> None:
    """Raise ConversionError where a value is NaN or infinite."""
    if not is_finite(values):
        raise ConversionError(
            f"weight {name!r} holds NaN or infinity, which {storage} cannot store",
            advice="train or export the model again, or use float32",
        )


def shape_finding(values: Array) -> str | None:
    """``empty``, ``constant`` for several equal numbers, or None."""
    if values.size == 0:
        return "empty"
    if values.dtype.kind != "f" or values.size == 1:
        return None
    first = values.reshape(-1)[0]
    return "constant" if all((part == first).all() for part in chunks(values, _FEW)) else None


def float16_finding(values: Array) -> str | None:
    """``overflow``, ``vanished``, ``vanishing`` or None, for finite values.

    A value overflows where its nearest float16 is infinite, and vanishes where it is 0 while
    the value is not. A tensor that is positive throughout, such as the epsilon of a division, is
    ``vanished`` as soon as one value is; any other is ``vanishing`` from 1 in 100 on.
    """
    lost, positive = 0, True
    for part in chunks(values, BLOCK):
        smallest, largest = part.min(), part.max()
        if max(largest, -smallest) >= _INFINITE_FROM:
            return "overflow"
        zeros = part.size - int(np.count_nonzero(part))
        lost += int(np.count_nonzero(np.abs(part) <= _ZERO_UP_TO)) - zeros
        positive = positive and bool(smallest > 0)
    if lost and positive:
        return "vanished"
    return "vanishing" if lost > values.size / 100 else None


def level_finding(values: Array, levels: Array) -> str | None:
    """``levels`` where 8 bits tell far fewer values apart than there are, or None.

    ``levels`` are the stored bytes of ``values``. A tensor with few values of its own, such as
    one whose weights were clustered, has no use for more levels.
    """
    if values.size < FEWEST_LEVELS or _has_many(levels):
        return None
    distinct: set[float] = set()
    for part in chunks(values):
        distinct.update(np.unique(part).tolist())
        if len(distinct) >= FEWEST_LEVELS:
            return "levels"
    return None


def _has_many(levels: Array) -> bool:
    """Whether ``levels``, of uint8, are at least ``FEWEST_LEVELS`` different ones."""
    used = np.zeros(256, bool)
    for part in chunks(levels, _FEW):
        used |= np.bincount(part, minlength=256) > 0
        # Nearly always after the first part.
        if np.count_nonzero(used) >= FEWEST_LEVELS:
            return True
    return False


def notes(
    findings: Iterable[tuple[str, str]], meanings: Mapping[str, str] = NOTES
) -> tuple[str, ...]:
    """One note a kind of finding, from pairs of finding and weight."""
    names: dict[str, list[str]] = {}
    for finding, name in findings:
        names.setdefault(finding, []).append(name)
    return tuple(f"weight {_listed(some)}: {meanings[finding]}" for finding, some in names.items())


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    rest = len(names) - _SHOWN
    return f"{shown} and {rest} more" if rest > 0 else shown
