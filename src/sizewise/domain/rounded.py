"""Weights whose levels were chosen before they are written."""

from __future__ import annotations

from dataclasses import dataclass

from sizewise.domain.artifact import Array


@dataclass(frozen=True, slots=True)
class RoundedWeight:
    """A weight as the manifest of TensorFlow.js has it.

    ``levels`` is uint8, of the weight's shape; a level means ``level * scale + minimum``,
    computed in float64 and rounded to float32, as TensorFlow.js does when it loads a model.
    """

    levels: Array
    scale: float
    minimum: float

    @property
    def values(self) -> Array:
        """What TensorFlow.js reads, float32."""
        return (self.levels.astype("float64") * self.scale + self.minimum).astype("float32")
