"""The order of trials: how deep the ladder may be gone down, and how that is proven.

Positions count the rungs of a ladder, from the most exact mix to the smallest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

Try: TypeAlias = Callable[[int], bool]
"""Whether the mix at a position keeps the budget."""

GoOn: TypeAlias = Callable[[], bool]
"""Whether there is time for another trial."""


def deepest(rungs: range, keeps: Try, go_on: GoOn) -> int | None:
    """The last of the positions ``rungs`` that keeps the budget, by bisection.

    None where none that was tried does. Distortion grows along the ladder. Where the budget is
    kept, lost, and kept again, as chance has it with few samples, one of the borders is found.
    When time is up, the deepest position so far that keeps it is given.
    """
    best, low, high = None, rungs.start, rungs.stop - 1
    while low <= high and go_on():
        middle = (low + high) // 2
        if keeps(middle):
            best, low = middle, middle + 1
        else:
            high = middle - 1
    return best


def spread(sizes: Sequence[int], first: int, last: int, most: int) -> tuple[int, ...]:
    """At most ``most`` positions from ``first`` to ``last``, about equal ratios of size apart.

    ``sizes`` are those of the rungs, descending. The last position is always among them, the first
    where more than one is wanted.
    """
    if last - first < most:
        return tuple(range(first, last + 1))
    if most == 1:
        return (last,)
    start, end = max(sizes[first], 1), max(sizes[last], 1)
    chosen = {first, last}
    for number in range(1, most - 1):
        wanted = start * (end / start) ** (number / (most - 1))
        chosen.add(min(range(first, last + 1), key=lambda rung: abs(sizes[rung] - wanted)))
    return tuple(sorted(chosen))


def fixed_sequence(positions: Sequence[int], shows: Try, go_on: GoOn) -> int | None:
    """The last of ``positions`` up to which all are shown to keep the budget.

    Positions are tried in their order, which was settled before, and the first failure ends it.
    Each can then be tested at the full level: the chance that a mix is shown to keep a budget which
    it exceeds stays below that level, however many are tried (W. Maurer, L. A. Hothorn, W.
    Lehmacher, "Multiple comparisons in drug clinical trials and preclinical assays", 1995).
    """
    best = None
    for position in positions:
        if not go_on() or not shows(position):
            break
        best = position
    return best
