"""Which Keras TensorFlow has to have as its own, which is settled before it is imported."""

from __future__ import annotations

from sizewise.domain import Cluster, Engine, Group, ModelSpec, Prune, Qat, Step


def keras_of(group: Group) -> int | None:
    """2, 3, or None where it does not matter, for the process that runs a group.

    tensorflow-model-optimization knows Keras 2 alone, whatever the model is of.
    """
    if any(_by_tfmot(step, group.model) for step in group.transform.training):
        return 2
    return group.model.keras


def _by_tfmot(step: Step, model: ModelSpec) -> bool:
    match step:
        case Qat() | Cluster():
            return True
        case Prune():
            return step.engine is Engine.TFMOT or (step.engine is None and model.keras != 3)
