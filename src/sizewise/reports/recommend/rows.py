"""The rows of a recommendation's table: every variant, its cost, its drift and its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sizewise.analysis import Verdict
from sizewise.analysis.pareto import Placed
from sizewise.analysis.recommend import Recommendation
from sizewise.domain import Record
from sizewise.reports.recommend.answer import cost, drift, drift_heading

BEST = "★"
_MARKS = {
    Verdict.WITHIN: "✓",
    Verdict.UNDECIDED: "?",
    Verdict.BEYOND: "✗",
    Verdict.UNKNOWN: " ",
}


class Row(NamedTuple):
    """A line of the table; ``front`` says whether nothing beats it in size and drift."""

    mark: str
    job_id: str
    cost: str
    drift: str
    place: str
    front: bool


def headings(answer: Recommendation) -> Sequence[str]:
    """The headings of a row's cells."""
    return ("", "variant", str(answer.goal), drift_heading(answer), "Pareto front")


def rows(answer: Recommendation) -> Iterator[Row]:
    """The candidates, from the smallest; those without a drift have no place."""
    places = {id(placed.item): placed for placed in answer.front}
    for candidate in answer.candidates:
        record = candidate.record
        placed = places.get(id(record))
        yield Row(
            mark=BEST if candidate is answer.best else _MARKS[candidate.verdict],
            job_id=record.job_id,
            cost=cost(answer, candidate.cost),
            drift=drift(answer, record),
            place=_place(placed),
            front=placed is not None and placed.on_front,
        )


def _place(placed: Placed[Record] | None) -> str:
    if placed is None:
        return ""
    if placed.dominated_by is None:
        return "on it"
    return f"dominated by {placed.dominated_by.job_id}"
