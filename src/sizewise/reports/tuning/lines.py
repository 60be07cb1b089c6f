"""Figures of trials and tensors in words, the same on a terminal and in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from sizewise.reports.scale import Scale
from sizewise.tune import Budget, Figures
from sizewise.units import ABSENT, format_change, format_number

_MOST_NAMED = 3


def sqnr(figures: Figures) -> str:
    """``34.7``, ``∞`` where outputs are equal, and an en dash where they are not finite."""
    if math.isinf(figures.sqnr_db):
        return "∞" if figures.sqnr_db > 0 else ABSENT
    return format_number(figures.sqnr_db, 1)


def agreement(figures: Figures) -> str:
    """``99.3 [98.0]``: in percent, with the lower end of its interval."""
    if figures.agreement is None or figures.agreement_low is None:
        return ABSENT
    low = format_number(figures.agreement_low * 100, 1)
    return f"{format_number(figures.agreement * 100, 1)} [{low}]"


def drop(figures: Figures, *, factor: float, decimals: int) -> str:
    """``+0.2 [+0.9]``: with the upper end of its interval."""
    if figures.drop is None or figures.drop_high is None:
        return ABSENT
    high = format_change(figures.drop_high * factor, decimals)
    return f"{format_change(figures.drop * factor, decimals)} [{high}]"


def drop_text(figures: Figures, scale: Scale) -> str:
    """``+0.1 [−0.5, +0.8] pp``: with its whole interval, as far as that is known."""
    if figures.drop is None:
        return ABSENT
    ends = [scale.change(end) for end in (figures.drop_low, figures.drop_high) if end is not None]
    interval = f"[{', '.join(ends)}]" if ends else ""
    return " ".join(filter(None, (scale.change(figures.drop), interval, scale.drop_unit)))


def agreement_text(figures: Figures) -> str:
    """``99.3 [98.0, 99.8] %``: with its whole interval, as far as that is known."""
    if figures.agreement is None:
        return ABSENT
    ends = [
        format_number(end * 100, 1)
        for end in (figures.agreement_low, figures.agreement_high)
        if end is not None
    ]
    interval = f" [{', '.join(ends)}]" if ends else ""
    return f"{format_number(figures.agreement * 100, 1)}{interval} %"


def mix(encodings: Mapping[str, str]) -> str:
    """``uint8``, ``uint8-gptq-l16 (3), float16 (1)``: of how many weights each is."""
    if set(encodings) == {"*"}:
        return encodings["*"]
    counts: dict[str, int] = {}
    for key in encodings.values():
        counts[key] = counts.get(key, 0) + 1
    most = sorted(counts.items(), key=lambda each: -each[1])
    shown = ", ".join(f"{key} ({count})" for key, count in most[:_MOST_NAMED])
    return shown if len(most) <= _MOST_NAMED else f"{shown}, …"


def kept(limits: Budget, proof: str, *, factor: float, unit: str) -> str:
    """``shown to keep a drop of at most 1 pp, with a signal-to-noise ratio of at least 30 dB``.

    ``proof`` (here ``shown to keep``) is said of the limits whose figures have intervals, and the
    signal-to-noise ratio has none.
    """
    parts = []
    if limits.drop is not None:
        parts.append(f"a drop of at most {limits.drop * factor:.3g} {unit}".rstrip())
    if limits.agreement is not None:
        parts.append(f"an agreement of at least {limits.agreement * 100:g} %")
    if parts:
        parts[0] = f"{proof} {parts[0]}"
    if limits.sqnr_db is not None:
        parts.append(f"with a signal-to-noise ratio of at least {limits.sqnr_db:g} dB")
    return ", ".join(parts)


def table(headings: Iterable[str], rows: Iterable[Iterable[str]], numeric: int) -> str:
    """A table of Markdown; columns from ``numeric`` on are numbers."""
    heads = list(headings)
    rules = ["--:" if place >= numeric else ":--" for place in range(len(heads))]
    lines = [heads, rules, *map(list, rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
