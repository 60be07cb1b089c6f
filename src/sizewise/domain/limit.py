"""How much of a metric may be lost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of the metric may be lost: absolute, or as a share of the reference."""

    value: float
    relative: bool = False

    def absolute(self, reference: float) -> float:
        """The limit in the metric's own unit, given the reference's metric."""
        return self.value * abs(reference) if self.relative else self.value
