"""The steps of a transform that train, one after the other, each one's effect checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sizewise.compress.training.effects import check_effect, check_no_wrappers
from sizewise.compress.training.lesson import Lesson
from sizewise.compress.training.library import private_copy
from sizewise.compress.training.steps import carry_out
from sizewise.domain import Cluster, Prune, Qat, Samples, Signature, Step
from sizewise.errors import ConversionError


@dataclass(frozen=True, slots=True)
class Trained:
    """What training made of a Keras model.

    ``model`` is a model of its own, of Keras 2 or 3, whose inputs and outputs are called as
    those of the model that was given. ``notes`` say how it was trained, for every record of it.
    """

    model: Any
    notes: tuple[str, ...]


def train(
    steps: Sequence[Step],
    model: Any,
    train: Samples,
    signature: Signature,  # noqa: ARG001 - samples go by its names, which are those of layers
    *,
    metric: str | None = None,
    rebuild: Callable[[Any], Any],
) -> Trained:
    """Apply ``steps``, all of which fine-tune, to a Keras model; ``model`` itself is not changed.

    ``train`` are the samples, by the names of ``signature``'s inputs; ``metric`` helps to choose
    a loss where the model has none of its own. ``rebuild`` gives the Keras 2 equal of a Keras 3
    model, with its weights, or raises; it is called where only Keras 2 can do a step. The global
    random seeds of Python, NumPy and TensorFlow are set to those of the steps.

    Raises ConversionError for a model that is no Keras model or whose layers are joined in
    Python, where a step cannot be done, has no effect or undoes one before it, where the
    training diverges, and where no loss can be told. It names the layer at fault, if there is
    one, and what is available instead.
    """
    lesson = Lesson(train, metric, getattr(model, "loss", None), rebuild)
    trained = private_copy(model, _seed_of(steps))
    notes: list[str] = []
    done: list[Step] = []
    for step in steps:
        _check_order(step, done)
        trained, said = carry_out(step, trained, tuple(done), lesson)
        notes += [f"{step.name}: {line}" for line in said]
        done.append(step)
        for earlier in done:
            check_effect(earlier, trained)
    if not any(isinstance(step, Qat) for step in done):
        check_no_wrappers(trained)
    return Trained(trained, tuple(notes))


def _seed_of(steps: Sequence[Step]) -> int:
    return next((step.finetune.seed for step in steps if step.finetune is not None), 0)


def _check_order(step: Step, done: Sequence[Step]) -> None:
    if any(isinstance(earlier, Qat) for earlier in done):
        raise ConversionError(
            f"{step.name} cannot follow quantization-aware training",
            advice="put qat last",
        )
    if isinstance(step, Prune) and any(isinstance(earlier, Cluster) for earlier in done):
        raise ConversionError(
            f"{step.name} would train away the clusters of the step before it",
            advice="put the steps that prune before those that cluster",
        )
