"""Whether a step has done what it was asked for, read from the model's own weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from sizewise.compress.prune import dense_groups, zeros_wanted
from sizewise.compress.training.kernels import Kernel, kernels
from sizewise.domain import Cluster, Prune, Qat, Scope, Step
from sizewise.errors import ConversionError

_ROUNDING = 1e-6
"""What tfmot may fall short of a sparsity by: it counts weights in float32."""


def check_effect(step: Step, model: Any) -> None:
    """Raise ConversionError where the effect of ``step`` is not to be seen in ``model``."""
    found = kernels(model)
    if not found:
        raise ConversionError(
            f"{step.name} found no kernel in the model",
            advice="leave the transform out for this model",
        )
    if isinstance(step, Prune):
        _check_zeros(step, found)
    elif isinstance(step, Cluster):
        _check_values(step, found)
    else:
        _check_ranges(step, model)


def check_no_wrappers(model: Any) -> None:
    """Raise ConversionError where a layer is still wrapped for training."""
    left = [layer.name for layer in model._flatten_layers() if is_wrapper(layer)]  # noqa: SLF001
    if left:
        raise ConversionError(f"the trained model still has wrapped layers: {', '.join(left)}")


def is_wrapper(layer: Any) -> bool:
    """Whether a layer is one of tfmot's."""
    return type(layer).__module__.startswith("tensorflow_model_optimization.")


def _check_zeros(step: Prune, found: tuple[Kernel, ...]) -> None:
    if step.pattern is not None:
        for kernel in found:
            dense = (
                0 if kernel.axis is None else dense_groups(kernel.read(), step.pattern, kernel.axis)
            )
            if dense:
                raise ConversionError(
                    f"{step.name} left {dense} groups of {step.pattern.group} weights with more "
                    f"than {step.pattern.kept} that are not 0 in {kernel.name}",
                    advice="use the engine mask",
                )
        return
    assert step.sparsity is not None, "a step has either a sparsity or a pattern"
    held = [kernel for kernel in found if not step.spares(kernel.size)]
    counts = [(kernel.name, _zeros(kernel), kernel.size) for kernel in held]
    if step.scope is Scope.GLOBAL:
        counts = [("all kernels", sum(c[1] for c in counts), sum(c[2] for c in counts))]
    for name, zeros, size in counts:
        if zeros < zeros_wanted(size, step.sparsity) - round(size * _ROUNDING):
            raise ConversionError(
                f"{step.name} left {zeros} zeros of {size} in {name}",
                advice="train for more batches: the sparsity grows while the model is trained",
            )


def _zeros(kernel: Kernel) -> int:
    value = kernel.read()
    return value.size - int(np.count_nonzero(value))


def _check_values(step: Cluster, found: tuple[Kernel, ...]) -> None:
    for kernel in found:
        distinct = np.unique(kernel.read()).size
        if distinct > step.clusters:
            raise ConversionError(f"{step.name} left {distinct} distinct values in {kernel.name}")


def _check_ranges(step: Qat, model: Any) -> None:
    """Every layer with a kernel has to be wrapped, and its ranges to be learned."""
    wrapped = [layer for layer in model.layers if is_wrapper(layer)]
    inside = {id(kernel.variable) for layer in wrapped for kernel in kernels(layer)}
    bare = [kernel.name for kernel in kernels(model) if id(kernel.variable) not in inside]
    if bare or not wrapped:
        raise ConversionError(
            f"{step.name} left these without fake quantization: {', '.join(bare) or 'all layers'}",
            advice="use int8 without qat, which measures ranges on calibration samples",
        )
