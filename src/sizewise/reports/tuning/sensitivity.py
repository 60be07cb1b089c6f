"""Sensitivities: what each weight's encoding alone costs and saves."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sizewise.domain import SHARE_METRICS
from sizewise.reports.markdown import escaped
from sizewise.reports.text import one_line
from sizewise.reports.tuning import lines
from sizewise.tune import Cost, Sensitivity, TensorRow
from sizewise.units import format_bytes

HEADINGS = ("weights", "encoding", "bytes", "brotli", "SQNR dB", "agreement", "drop")
_NUMERIC = 2
_NOTE = (
    "Each row is that tensor alone in that encoding, all others exact, on {samples} samples in "
    "TensorFlow. Agreement and drop are with the end of their 95 % interval that counts."
)


def as_tables(
    sensitivity: Sensitivity, metric: str | None, maps: Mapping[str, str]
) -> RenderableType:
    """A block of rows for each tensor, the largest first; then ``maps``, by what they are."""
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="")
    for at, heading in enumerate(HEADINGS):
        drawn.add_column(heading, justify="right" if at >= _NUMERIC else "left", overflow="fold")
    for row in sensitivity.rows:
        for at, cost in enumerate(row.costs):
            cells = _cells(row, cost, metric)
            shown = cells if at == 0 else ("", *cells[1:])
            drawn.add_row(
                *(Text(one_line(cell)) for cell in shown), end_section=at == len(row.costs) - 1
            )
    below = [Text(f"{what}:\n{text}\n") for what, text in maps.items()]
    return Group(drawn, Text(""), Text(_NOTE.format(samples=sensitivity.samples)), Text(""), *below)


def as_markdown(sensitivity: Sensitivity, metric: str | None, maps: Mapping[str, str]) -> str:
    """The same as Markdown."""
    rows = [
        map(escaped, _cells(row, cost, metric)) for row in sensitivity.rows for cost in row.costs
    ]
    parts = [lines.table(HEADINGS, rows, _NUMERIC), _NOTE.format(samples=sensitivity.samples)]
    for what, text in maps.items():
        parts += [f"{escaped(what)}:", f"```\n{text.rstrip()}\n```"]
    return "\n\n".join(parts) + "\n"


def as_json(sensitivity: Sensitivity, maps: Mapping[str, str]) -> str:
    """Every figure, unrounded, as strict JSON; ``sqnr_db`` is null where outputs are equal or not
    finite.
    """
    document: dict[str, Any] = {
        "samples": sensitivity.samples,
        "rows": [asdict(row) for row in sensitivity.rows],
        "maps": dict(maps),
    }
    for row in document["rows"]:
        for cost in row["costs"]:
            found = cost["figures"]["sqnr_db"]
            cost["figures"]["sqnr_db"] = found if math.isfinite(found) else None
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _cells(row: TensorRow, cost: Cost, metric: str | None) -> tuple[str, ...]:
    is_share = metric in SHARE_METRICS
    return (
        f"{row.name} ({row.elements})",
        cost.encoding,
        format_bytes(cost.raw),
        format_bytes(cost.brotli),
        lines.sqnr(cost.figures),
        lines.agreement(cost.figures),
        lines.drop(cost.figures, factor=100.0 if is_share else 1.0, decimals=2 if is_share else 4),
    )
