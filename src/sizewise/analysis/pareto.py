"""The Pareto front: the variants that nothing else beats in size and drift at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """An item with its two costs; smaller is better in both.

    ``dominated_by`` is an item of the front that is at least as good in both costs and better
    in one; None for an item that is on the front itself.
    """

    item: T
    size: float
    drift: float
    dominated_by: T | None

    @property
    def on_front(self) -> bool:
        """Whether nothing dominates it."""
        return self.dominated_by is None


def place(items: Iterable[tuple[T, float, float]]) -> tuple[Placed[T], ...]:
    """Items given with their size and drift, from the smallest size to the largest.

    Of several items that dominate another, the one with the least drift is named: it is on the
    front, and the largest of them. Items that are equal in both costs do not dominate each
    other. O(n log n): each item, in the order of sizes, is compared with the least drift so far.
    """
    placed: list[Placed[T]] = []
    best: Placed[T] | None = None
    for item, size, drift in sorted(items, key=lambda entry: entry[1:]):
        dominated = best is not None and (
            best.drift < drift or (best.drift == drift and best.size < size)
        )
        entry = Placed(item, size, drift, best.item if best and dominated else None)
        placed.append(entry)
        if best is None or drift < best.drift:
            best = entry
    return tuple(placed)
