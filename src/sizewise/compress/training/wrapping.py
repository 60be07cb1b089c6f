"""tfmot's wrappers, put around the layers that it takes and no others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sizewise.compress.training.kernels import Kernel, kernels

_SEVERAL_INPUTS = frozenset(["MultiHeadAttention"])
"""Layers that tfmot lists but wraps wrongly: its wrappers hand on one tensor only."""


def wrap_layers(
    model: Any,
    wrap: Callable[[Any], Any],
    wanted: Callable[[Kernel], bool] = lambda _: True,
) -> tuple[Any, frozenset[int]]:
    """A tf_keras model in which each layer with ``wanted`` kernels that tfmot takes is wrapped,
    and the ids of the variables that it looks after.

    The layers themselves are used, not copied, so that ``model`` is used up. Others stay bare:
    tfmot refuses layers that it does not know, even without weights, and wrapped ones that have
    a mode of training, such as dropout, may lose it.
    """
    import tf_keras

    taken: set[int] = set()

    def around(layer: Any) -> Any:
        if isinstance(layer, tf_keras.Model):
            return tf_keras.models.clone_model(layer, clone_function=around)
        if not any(map(wanted, kernels(layer))) or type(layer).__name__ in _SEVERAL_INPUTS:
            return layer
        try:
            wrapped = wrap(layer)
        except ValueError:
            # How tfmot says that it does not know a layer.
            return layer
        handled = _handled(wrapped)
        taken.update(handled)
        return wrapped if handled else layer

    return tf_keras.models.clone_model(model, clone_function=around), frozenset(taken)


def _handled(wrapped: Any) -> set[int]:
    """The variables that a wrapper of pruning or of clustering looks after."""
    layer = wrapped.layer
    if hasattr(layer, "get_prunable_weights"):
        return {id(variable) for variable in layer.get_prunable_weights()}
    return {id(variable) for _, variable in layer.get_clusterable_weights()}
