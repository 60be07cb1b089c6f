"""What a tensor costs and spoils in each of the encodings that it can have."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """One tensor in one encoding, all others being exact.

    ``size`` is in bytes, as it counts for the goal (raw or compressed). ``distortion`` is what it
    does to the model's outputs: the power of their error as a share of the outputs' own.
    """

    encoding: str
    size: int
    distortion: float


@dataclass(frozen=True, slots=True)
class Choices:
    """The encodings among which a tensor, or several that go together, can choose."""

    name: str
    points: tuple[Point, ...]

    def __post_init__(self) -> None:
        if not self.points:
            raise ValueError(f"{self.name} has no encoding to choose")

    def __getitem__(self, encoding: str) -> Point:
        return next(point for point in self.points if point.encoding == encoding)

    @property
    def hull(self) -> tuple[Point, ...]:
        """The points that are best for some price of a byte, the most exact first.

        That is the lower convex hull of distortion over size: along it each byte saved costs more
        than the one before.
        """
        kept: list[Point] = []
        for point in sorted(self.points, key=lambda each: (each.distortion, each.size)):
            if kept and point.size >= kept[-1].size:
                continue
            while len(kept) > 1 and slope(kept[-2], kept[-1]) >= slope(kept[-1], point):
                kept.pop()
            kept.append(point)
        return tuple(kept)


def slope(exact: Point, small: Point) -> float:
    """What each byte costs in distortion on the way from one point to a smaller one."""
    return (small.distortion - exact.distortion) / (exact.size - small.size)
