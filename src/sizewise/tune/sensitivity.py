"""What each weight's encoding alone costs in drift, and saves in bytes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sizewise.domain.tuning import Goal
from sizewise.errors import RecordsError
from sizewise.storage import write_file
from sizewise.tune.budget import Figures
from sizewise.tune.points import Choices, Point

REST = "everything else"
"""What weights that are no kernels, biases above all, are together called."""

FILE = "sensitivity.json"


@dataclass(frozen=True, slots=True)
class Cost:
    """A tensor in one encoding, all others being exact, on the samples to search on.

    ``raw`` and ``brotli`` are the bytes of its values.
    """

    encoding: str
    raw: int
    brotli: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class TensorRow:
    """A kernel, or under ``REST`` all weights that are none, and what its encodings cost.

    ``elements`` counts weights, ``names`` are those of the tensors.
    """

    name: str
    names: tuple[str, ...]
    elements: int
    costs: tuple[Cost, ...]

    def choices(self, goal: Goal, among: Iterable[str] | None = None) -> Choices:
        """The costs as a search has them, of all encodings or of those ``among`` which it looks."""
        wanted = None if among is None else set(among)
        return Choices(
            self.name,
            tuple(
                Point(
                    cost.encoding,
                    cost.raw if goal is Goal.RAW else cost.brotli,
                    cost.figures.noise,
                )
                for cost in self.costs
                if wanted is None or cost.encoding in wanted
            ),
        )


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """All weights of a model, the largest first, measured on ``samples`` samples.

    ``is_complete`` says that no time limit cut it short.
    """

    rows: tuple[TensorRow, ...]
    samples: int
    is_complete: bool = True

    def choices(self, goal: Goal, among: Iterable[str] | None = None) -> tuple[Choices, ...]:
        """What an allocation starts from."""
        return tuple(row.choices(goal, among) for row in self.rows)

    @property
    def small(self) -> tuple[str, ...]:
        """The names behind ``REST``."""
        return next((row.names for row in self.rows if row.name == REST), ())


def save_sensitivity(file: Path, sensitivity: Sensitivity) -> None:
    """Keep what was measured. Raises RecordsError where it cannot be written."""
    rows = [asdict(row) for row in sensitivity.rows]
    for cost in (cost for row in rows for cost in row["costs"]):
        cost["figures"]["sqnr_db"] = _as_json(cost["figures"]["sqnr_db"])
    document = {"samples": sensitivity.samples, "rows": rows}
    try:
        write_file(file, json.dumps(document, allow_nan=False) + "\n")
    except OSError as error:
        raise RecordsError(f"cannot write: {error.strerror or error}", where=file) from error


def load_sensitivity(file: Path) -> Sensitivity | None:
    """What was kept, None where nothing was. Raises RecordsError for something else."""
    if not file.exists():
        return None
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        rows = tuple(map(_row, document["rows"]))
        return Sensitivity(rows, document["samples"])
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise RecordsError(
            "it cannot be read", where=file, advice="remove it, to have it made again"
        ) from error


def _row(row: dict[str, Any]) -> TensorRow:
    costs = []
    for cost in row["costs"]:
        figures = cost["figures"]
        sqnr = float(figures["sqnr_db"])
        costs.append(Cost(**{**cost, "figures": Figures(**{**figures, "sqnr_db": sqnr})}))
    return TensorRow(row["name"], tuple(row["names"]), row["elements"], tuple(costs))


def _as_json(number: float) -> float | str:
    """JSON has no infinity: ``float`` reads it from a text."""
    return number if math.isfinite(number) else str(number)
