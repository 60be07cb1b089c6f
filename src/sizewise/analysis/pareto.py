"""The Pareto front: the variants that nothing else beats in size and drift at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
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


def place(
    items: Iterable[T], size: Callable[[T], float], drift: Callable[[T], float]
) -> tuple[Placed[T], ...]:
    """All items with their costs, from the smallest ``size`` to the largest.

    Of several items that dominate another, the one with the least drift is named, which is the
    largest of them and on the front. Items that are equal in both costs do not dominate each
    other. O(n log n): items in the order of their size are compared with the least drift so far.
    """
    costs = sorted(
        ((size(item), drift(item), index, item) for index, item in enumerate(items)),
        key=lambda cost: cost[:3],
    )
    placed: list[Placed[T]] = []
    best: Placed[T] | None = None
    for item_size, item_drift, _, item in costs:
        dominated = best is not None and (
            best.drift < item_drift or (best.drift == item_drift and best.size < item_size)
        )
        entry = Placed(item, item_size, item_drift, best.item if best and dominated else None)
        placed.append(entry)
        if best is None or item_drift < best.drift:
            best = entry
    return tuple(placed)
