"""What was found, as the page ``docs/what-converts.md``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.zoo_check.memory import ROOT
from tools.zoo_check.rows import PLAIN, Row

from sizewise import storage

PAGE = ROOT / "docs" / "what-converts.md"
COLUMNS = tuple(
    f"{whose} {runtime}"
    for whose in ("upstream", "sizewise")
    for runtime in ("WASM", "CPU", "LiteRT")
)
_HEADINGS = {
    "Keras 3": "Keras 3",
    "Keras 2": "Keras 2 (tf_keras)",
    PLAIN: "TensorFlow without Keras",
}
_INTRO, _DEFECTS = (Path(__file__).with_name(name) for name in ("intro.md", "defects.md"))


def write(
    rows: Sequence[Row],
    table: Mapping[str, Mapping[str, Any]],
    environment: Mapping[str, Any],
) -> None:
    """Write the page from the cells of every row, by row and column."""
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    notes: dict[str, int] = {}
    parts = [_INTRO.read_text(encoding="utf-8").format(date=today, **environment)]
    for group, heading in _HEADINGS.items():
        lines = [_line(row.name, table[row.key], notes) for row in rows if row.group == group]
        parts.append("\n".join([f"## {heading}\n", *_header(), *lines, ""]))
    listed = [f"{number}. {reason}" for reason, number in notes.items()]
    parts += ["\n".join(["## Reasons\n", *listed, ""]), _DEFECTS.read_text(encoding="utf-8")]
    storage.write_file(PAGE, "\n".join(parts))


def _header() -> list[str]:
    titles = ["model", *COLUMNS]
    return [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]


def _line(name: str, cells: Mapping[str, Any], notes: dict[str, int]) -> str:
    return f"| {' | '.join([name, *(_cell(cells[column], notes) for column in COLUMNS)])} |"


def _cell(cell: Mapping[str, Any], notes: dict[str, int]) -> str:
    verdict, difference = cell["verdict"], cell["difference"]
    shown = f"**{verdict}**" if verdict in ("wrong", "dead") else verdict
    if difference is not None:
        shown += f" {difference:.0e}" if difference else " 0"
    if cell["reason"]:
        text = cell["reason"].replace("<", "&lt;").replace("*", "\\*")
        shown += f" [{notes.setdefault(text, len(notes) + 1)}]"
    return shown
