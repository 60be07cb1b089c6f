"""Pruning while a model is trained: by tfmot's wrappers, or by masks of our own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sizewise.compress.training.kernels import Kernel, kernels, other_matrices
from sizewise.compress.training.lesson import Lesson, seed
from sizewise.compress.training.library import (
    copy_weights,
    is_keras3,
    keras_of,
    private_copy,
    tfmot,
)
from sizewise.compress.training.masks import Masker
from sizewise.compress.training.schedule import Ramp, ramp_for
from sizewise.compress.training.wrapping import wrap_layers
from sizewise.domain import Engine, Prune, Schedule, Scope, Step
from sizewise.errors import ConversionError


def train_sparse(
    step: Prune,
    model: Any,
    done: tuple[Step, ...],  # noqa: ARG001 - what all steps are given
    lesson: Lesson,
) -> tuple[Any, tuple[str, ...]]:
    """Train ``model`` while its kernels become sparse."""
    assert step.finetune is not None, "only steps that train come here"
    if not _pruned(step, model):
        raise ConversionError(
            f"{step.name} found no kernel to prune in the model",
            advice="leave the transform out for this model",
        )
    seed(model, step.finetune)
    ramp = ramp_for(step.finetune, _final_sparsity(step), len(lesson.samples))
    engine = step.engine or _default_engine(step, model)
    if engine is Engine.TFMOT:
        return _with_wrappers(step, model, lesson, ramp)
    masker = Masker(_pruned(step, model), step, ramp)
    said = lesson.teach(model, step.finetune, [masker])
    # Without the optimizer, which is no part of what is shipped.
    result = private_copy(model, step.finetune.seed)
    return result, (f"masks, {_sparsities(step, ramp)}", said, *_left_alone(step, result))


def _pruned(step: Prune, model: Any) -> list[Kernel]:
    return [kernel for kernel in kernels(model) if not step.spares(kernel.size)]


def _final_sparsity(step: Prune) -> float:
    if step.pattern is not None:
        return step.pattern.sparsity
    assert step.sparsity is not None, "a step has either a sparsity or a pattern"
    return step.sparsity


def _default_engine(step: Prune, model: Any) -> Engine:
    """The engine tfmot where it can do the step: it has no global threshold, and its patterns
    take groups at the end of an axis for whole ones.
    """
    if is_keras3(model) or step.scope is Scope.GLOBAL or step.pattern is not None:
        return Engine.MASK
    return Engine.TFMOT


def _with_wrappers(
    step: Prune, model: Any, lesson: Lesson, ramp: Ramp
) -> tuple[Any, tuple[str, ...]]:
    """Wrap the layers that tfmot takes with its ``prune_low_magnitude``, and mask other kernels."""
    assert step.finetune is not None, "only steps that train come here"
    if is_keras3(model):
        raise ConversionError(
            f"{step.name} asks for tfmot, which trains models of Keras 2, and this one is of "
            "Keras 3",
            advice="use the engine mask",
        )
    if step.scope is Scope.GLOBAL:
        raise ConversionError(
            f"{step.name} asks for tfmot, which prunes each kernel on its own",
            advice="use the engine mask for the scope global",
        )
    sparsity = tfmot().sparsity.keras
    options: dict[str, Any] = {"pruning_schedule": _tfmot_schedule(step, ramp)}
    if step.pattern is not None:
        # tfmot counts zeros: those that go, of so many in a row.
        zeros = step.pattern.group - step.pattern.kept
        options["sparsity_m_by_n"] = (zeros, step.pattern.group)
    before = keras_of(model).models.clone_model(model)
    wrapped, taken = wrap_layers(
        model,
        lambda layer: sparsity.prune_low_magnitude(layer, **options),
        lambda kernel: not step.spares(kernel.size),
    )
    rest = [kernel for kernel in _pruned(step, wrapped) if id(kernel.variable) not in taken]
    keepers = [Masker(rest, step, ramp)] if rest else []
    said = lesson.teach(wrapped, step.finetune, keepers, [sparsity.UpdatePruningStep()])
    copy_weights(sparsity.strip_pruning(wrapped), before)
    notes = (f"tfmot, {_sparsities(step, ramp)}", said, *_masked(rest), *_left_alone(step, before))
    return before, notes


def _tfmot_schedule(step: Prune, ramp: Ramp) -> Any:
    sparsity = tfmot().sparsity.keras
    assert step.finetune is not None, "only steps that train come here"
    if step.finetune.schedule is Schedule.CONSTANT or step.pattern is not None:
        return sparsity.ConstantSparsity(ramp.final, ramp.begin, ramp.end, ramp.every)
    # A ramp of no length has no progress.
    end = max(ramp.end, ramp.begin + 1)
    return sparsity.PolynomialDecay(ramp.initial, ramp.final, ramp.begin, end, frequency=ramp.every)


def _sparsities(step: Prune, ramp: Ramp) -> str:
    if step.pattern is not None or ramp.initial == ramp.final:
        return "all of it from the first batch on"
    return f"sparsity from {ramp.initial:g} to {ramp.final:g} by batch {ramp.end}"


def _masked(rest: Sequence[Kernel]) -> tuple[str, ...]:
    if not rest:
        return ()
    names = ", ".join(dict.fromkeys(kernel.name for kernel in rest))
    return (f"tfmot does not prune {names}: pruned by masks in the same training",)


def _left_alone(step: Prune, model: Any) -> tuple[str, ...]:
    names = list(other_matrices(model))
    names += [kernel.name for kernel in kernels(model) if step.spares(kernel.size)]
    if step.pattern is not None:
        names += [kernel.name for kernel in kernels(model) if kernel.axis is None]
    return (f"left as they are: {', '.join(names)}",) if names else ()
