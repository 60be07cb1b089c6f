"""Bytes, seconds and shares: parsed from what people write, formatted for what they read.

Formatted numbers carry a true minus sign, and "not measured" is an en dash.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

ABSENT = "–"
"""What stands where nothing was measured."""

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
    # Decimal, because 1.005 kB is 1005 bytes and no float.
    size = Decimal(match["number"]) * factor
    if size < 0 or size != int(size):
        raise ValueError(f"{text!r} is no whole number of bytes, 0 or more")
    return int(size)


def parse_share(text: str | float) -> tuple[float, bool]:
    """A limit as (value, relative): ``1 pp`` is (0.01, False), ``1 %`` is (0.01, True), and a
    plain number is absolute.

    Raises ValueError for anything else and for a negative number.
    """
    # YAML gives 0.00001 as a float whose text is 1e-05.
    written = f"{Decimal(repr(text)):f}" if isinstance(text, float) else str(text)
    match = _QUANTITY.fullmatch(written)
    if match is None or match["unit"] not in ("", "pp", "%") or float(match["number"]) < 0:
        raise ValueError(
            f"{text!r} is no limit: write 1 pp (percentage points), 1 % (of the reference) or 0.01"
        )
    number = float(match["number"])
    if match["unit"] == "":
        return number, False
    return number / 100, match["unit"] == "%"


_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def parse_seconds(text: str | float) -> float:
    """Seconds of ``90s``, ``10m``, ``2h`` or a plain number of them.

    Raises ValueError for anything else and for a negative time.
    """
    written = str(text).strip()
    number, unit = (written[:-1], written[-1]) if written[-1:] in _SECONDS else (written, "s")
    try:
        seconds = float(number) * _SECONDS[unit]
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{text!r} is no time: write 90s, 10m or 2h")
    return seconds


def format_bytes(size: int | None) -> str:
    """``9.62 kB``, ``17.0 kB``, ``123 kB``: three digits, with 1 kB = 1000 bytes, and whole
    bytes below that; an en dash for None.
    """
    if size is None:
        return ABSENT
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.5 or unit == "GB":
            break
    return f"{value:.{decimals_for(value, digits=3)}f} {unit}"


def format_seconds(seconds: float | None) -> str:
    """``840 ms``, ``1.25 s``, ``35 µs``; an en dash for None."""
    if seconds is None:
        return ABSENT
    if seconds >= 0.9995:
        return f"{seconds:.2f} s" if seconds < 99.995 else f"{seconds:.0f} s"
    if seconds >= 0.9995e-3:
        return f"{_three_digits(seconds * 1e3)} ms"
    return f"{_three_digits(seconds * 1e6)} µs"


def _three_digits(value: float) -> str:
    return f"{value:.3g}" if value < 99.95 else f"{value:.0f}"


def format_number(value: float | None, decimals: int) -> str:
    """``91.3``, ``−2.0``; an en dash for None."""
    if value is None:
        return ABSENT
    text = f"{value:.{decimals}f}"
    # A number that rounds to nothing has no sign.
    return f"{abs(value):.{decimals}f}" if float(text) == 0 else text.replace("-", "−")


def format_change(value: float | None, decimals: int) -> str:
    """``+0.2``, ``−0.3``, and ``0.0`` without a sign; an en dash for None."""
    text = format_number(value, decimals)
    return text if value is None or value < 0 or float(text) == 0 else f"+{text}"


def format_factor(factor: float | None) -> str:
    """``3.92``, ``12.1``, ``240``: three digits; an en dash for None."""
    if factor is None:
        return ABSENT
    return format_number(factor, decimals_for(factor, digits=3))


def decimals_for(value: float, *, digits: int) -> int:
    """How many decimals show ``digits`` significant digits of ``value``; none for 0."""
    if value == 0 or not math.isfinite(value):
        return 0
    rounded = float(f"{abs(value):.{digits - 1}e}")
    return max(0, digits - 1 - math.floor(math.log10(rounded)))
