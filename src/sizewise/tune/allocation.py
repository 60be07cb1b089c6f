"""Bytes given to tensors where they count: Lagrangian bit allocation.

Y. Shoham and A. Gersho, "Efficient bit allocation for an arbitrary set of quantizers", IEEE
Transactions on Acoustics, Speech, and Signal Processing 36 (1988) 1445-1453. It takes the
distortion of a mix for the sum of what its tensors do alone, which holds as long as errors are
small and independent; the mix that is chosen is judged as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from sizewise.tune.points import Choices, Point, slope


@dataclass(frozen=True, slots=True)
class Allocation:
    """An encoding for every tensor by name, and the sums of their sizes and distortions."""

    encodings: Mapping[str, str]
    size: int
    distortion: float


def ladder(tensors: Sequence[Choices]) -> tuple[Allocation, ...]:
    """The allocations that are best for some price of a byte, the most exact first.

    Each is optimal: no other is as small and as exact, and better in one. From one to the next a
    single tensor goes on to its next smaller encoding, always the one that then costs the least
    distortion for each byte that it saves. Raises ValueError where two tensors have one name.
    """
    names = [tensor.name for tensor in tensors]
    if len(set(names)) < len(names):
        raise ValueError("two tensors have one name")
    return tuple(_descent(tensors))


def _descent(tensors: Sequence[Choices]) -> Iterator[Allocation]:
    hulls = {tensor.name: tensor.hull for tensor in tensors}
    first = {name: hull[0] for name, hull in hulls.items()}
    current = Allocation(
        {name: point.encoding for name, point in first.items()},
        sum(point.size for point in first.values()),
        sum(point.distortion for point in first.values()),
    )
    yield current
    steps = [
        (slope(exact, small), name, exact, small)
        for name, hull in hulls.items()
        for exact, small in pairwise(hull)
    ]
    # Slopes grow along each hull, so that a tensor's steps stay in their order.
    for _, name, exact, small in sorted(steps, key=lambda step: step[0]):
        current = _stepped(current, name, exact, small)
        yield current


def _stepped(before: Allocation, name: str, exact: Point, small: Point) -> Allocation:
    return replace(
        before,
        encodings={**before.encodings, name: small.encoding},
        size=before.size - exact.size + small.size,
        distortion=before.distortion - exact.distortion + small.distortion,
    )
