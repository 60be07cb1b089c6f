"""What a tuning is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from sizewise.domain import Limit, ModelSpec
from sizewise.domain.tuning import Auto


@dataclass(frozen=True, slots=True)
class Task:
    """A model, and what its mix of encodings may lose."""

    spec: ModelSpec
    auto: Auto

    @property
    def max_drop(self) -> Limit | None:
        """Where no limit was given, the model's own counts."""
        return self.auto.max_drop if self.auto.has_limits else self.spec.max_drop
