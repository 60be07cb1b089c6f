"""What carries out each kind of step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sizewise.compress.training.cluster import train_clusters
from sizewise.compress.training.lesson import Lesson
from sizewise.compress.training.prune import train_sparse
from sizewise.compress.training.quantize import train_quantized
from sizewise.domain import Cluster, Prune, Qat, Step

Notes: TypeAlias = tuple[str, ...]

STEPS: Mapping[type[Any], Callable[[Any, Any, tuple[Step, ...], Lesson], tuple[Any, Notes]]] = {
    Prune: train_sparse,
    Cluster: train_clusters,
    Qat: train_quantized,
}
"""Each takes the step, a model that it may change, the steps before it, and the lesson."""


def carry_out(step: Step, model: Any, done: tuple[Step, ...], lesson: Lesson) -> tuple[Any, Notes]:
    """The model that ``step`` makes of ``model``, which is used up, and notes."""
    return STEPS[type(step)](step, model, done, lesson)
