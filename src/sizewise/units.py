"""Bytes, seconds and shares: parsed from what people write, formatted for what they read."""

from __future__ import annotations

import re

_BYTES = {
    "b": 1,
    "kb": 1000,
    "mb": 1000**2,
    "gb": 1000**3,
    "kib": 1024,
    "mib": 1024**2,
    "gib": 1024**3,
}
_QUANTITY = re.compile(r"\s*(?P<number>[+-]?\d+(?:\.\d+)?)\s*(?P<unit>[A-Za-z%]*)\s*")


def parse_bytes(text: str | int) -> int:
    """Bytes of ``25 kB`` (1000), ``25 KiB`` (1024), ``300`` or ``300 B``.

    Raises ValueError for anything else, a negative number or a fraction of a byte.
    """
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    match = _QUANTITY.fullmatch(str(text))
    factor = _BYTES.get((match["unit"] or "B").lower()) if match else None
    if match is None or factor is None:
        raise ValueError(f"{text!r} is no size: write 300, 25 kB, 25 KiB, 4 MB or 4 MiB")
    size = float(match["number"]) * factor
    if size < 0 or size != int(size):
        raise ValueError(f"{text!r} is no whole number of bytes, 0 or more")
    return int(size)


def parse_share(text: str | float) -> tuple[float, bool]:
    """A limit as (value, relative): ``1 pp`` is (0.01, False), ``1 %`` is (0.01, True), and a
    plain number is absolute.

    Raises ValueError for anything else and for a negative number.
    """
    match = _QUANTITY.fullmatch(str(text))
    if match is None or match["unit"] not in ("", "pp", "%") or float(match["number"]) < 0:
        raise ValueError(
            f"{text!r} is no limit: write 1 pp (percentage points), 1 % (of the reference) or 0.01"
        )
    number = float(match["number"])
    if match["unit"] == "":
        return number, False
    return number / 100, match["unit"] == "%"


def format_bytes(size: int | None) -> str:
    """``22.9 kB``, with 1 kB = 1000 bytes; an en dash for None."""
    if size is None:
        return "–"
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5 or unit == "GB":
            break
    return f"{value:.3g} {unit}" if value < 100 else f"{value:.0f} {unit}"


def format_seconds(seconds: float | None) -> str:
    """``840 ms``, ``1.25 s``, ``35 µs``; an en dash for None."""
    if seconds is None:
        return "–"
    if seconds >= 1:
        return f"{seconds:.2f} s" if seconds < 100 else f"{seconds:.0f} s"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds * 1e6:.3g} µs"
