"""What is kept up while a model is trained: masks, and values that weights share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sizewise.compress.prune import prune_array, prune_to_pattern
from sizewise.compress.training.kernels import Kernel
from sizewise.compress.training.schedule import Ramp
from sizewise.domain import Array, Prune, Scope


class Masker:
    """Prunes kernels on a schedule: masks are found anew where it says so, and applied after
    every batch.
    """

    def __init__(self, kernels: Sequence[Kernel], step: Prune, ramp: Ramp) -> None:
        self._kernels = kernels
        self._step = step
        self._ramp = ramp
        self._masks: Mapping[str, Array] = {}
        self.batches = 0

    def after_batch(self) -> None:
        """Find masks, if it is time to, and apply them."""
        self.batches += 1
        if self._ramp.updates(self.batches):
            self._masks = masks(
                {kernel.name: kernel.read() for kernel in self._kernels},
                {kernel.name: kernel.axis for kernel in self._kernels},
                self._step,
                self._ramp.sparsity(self.batches),
            )
        apply_masks(self._kernels, self._masks)


class Holder:
    """Keeps zeros where they were when it was made."""

    def __init__(self, kernels: Sequence[Kernel]) -> None:
        self._kernels = kernels
        self._masks = {kernel.name: kernel.read() != 0 for kernel in kernels}
        self.batches = 0

    def after_batch(self) -> None:
        """Apply the masks."""
        self.batches += 1
        apply_masks(self._kernels, self._masks)


class Ties:
    """Keeps weights equal that were equal when it was made.

    After every batch each value becomes the mean of what its weights were trained to, which is
    a step along the mean of their gradients: Han, Mao and Dally 2016, arXiv:1510.00149. Zeros
    stay zeros.
    """

    def __init__(self, kernels: Sequence[Kernel]) -> None:
        self._kernels = kernels
        self._shared = {kernel.name: _shared_values(kernel.read()) for kernel in kernels}
        self.batches = 0

    def after_batch(self) -> None:
        """Bring the weights of each value together again."""
        self.batches += 1
        for kernel in self._kernels:
            kernel.write(tied(kernel.read(), *self._shared[kernel.name]))


def masks(
    weights: Mapping[str, Array], axes: Mapping[str, int | None], step: Prune, sparsity: float
) -> dict[str, Array]:
    """For each kernel which weights stay, as bool arrays of its shape.

    ``sparsity`` stands for the step's own while a schedule leads up to it; a pattern is the same
    all the time, and leaves kernels without an axis of inputs out.
    """
    if step.pattern is not None:
        return {
            name: prune_to_pattern(value, step.pattern, axis) != 0
            for name, value in weights.items()
            if (axis := axes[name]) is not None
        }
    if step.scope is not Scope.GLOBAL:
        return {name: prune_array(value, sparsity) != 0 for name, value in weights.items()}
    together = np.concatenate([value.ravel() for value in weights.values()])
    stays = prune_array(together, sparsity) != 0
    ends = np.cumsum([value.size for value in weights.values()])
    parts = np.split(stays, ends[:-1])
    return {
        name: part.reshape(value.shape)
        for (name, value), part in zip(weights.items(), parts, strict=True)
    }


def apply_masks(kernels: Sequence[Kernel], found: Mapping[str, Array]) -> None:
    """Set what the masks leave out to 0."""
    for kernel in kernels:
        if kernel.name in found:
            kernel.write(np.where(found[kernel.name], kernel.read(), 0))


def tied(weights: Array, groups: Array, is_zero: Array) -> Array:
    """``weights`` with the mean of each group in the place of its members.

    ``groups`` numbers the group of each weight, flat, from 0; ``is_zero`` says which groups are
    0 whatever their mean is.
    """
    count = np.bincount(groups, minlength=len(is_zero))
    means = np.bincount(groups, weights.ravel().astype(np.float64), len(is_zero)) / count
    means[is_zero] = 0
    return means[groups].astype(weights.dtype).reshape(weights.shape)


def _shared_values(weights: Array) -> tuple[Array, Array]:
    values, groups = np.unique(weights, return_inverse=True)
    return groups.ravel(), values == 0
