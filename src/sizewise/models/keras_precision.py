"""Keras models that compute in float16 and keep float32 weights, brought back to float32."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

POLICY = "mixed_float16"
NOTE = "the source's policy mixed_float16 was replaced by float32: its float32 weights are kept"

TOLERANCE = 0.05
"""The largest difference that rounding to float16 explains, as a share of the largest output:
the precision of float16 is 0.001, and errors of many layers add up."""

_OTHER_SIZES = 16
"""What a dimension that may have any size has when two models are compared."""
_LOGGER = logging.getLogger(__name__)


def in_float32(model: Any) -> tuple[Any, tuple[str, ...]]:
    """``model``, or where it has the policy mixed_float16 its twin with the policy float32.

    TFLite refuses the casts of the policy. Without input layers, or where the twin cannot be
    made or gives other outputs than rounding explains, the model stays as it is.
    """
    if not _is_mixed(model) or not getattr(model, "inputs", None):
        return model, ()
    try:
        twin = type(model).from_config(_renamed(model.get_config()))
        twin.set_weights(model.get_weights())
        alike = _is_alike(model, twin)
    except Exception as error:  # noqa: BLE001 - layers of any author; the model still opens
        _LOGGER.info("the policy mixed_float16 stays: %s", error)
        return model, ()
    return (twin, (NOTE,)) if alike else (model, ())


def _is_mixed(model: Any) -> bool:
    return any(
        getattr(getattr(layer, "dtype_policy", None), "name", None) == POLICY
        for layer in model._flatten_layers()  # noqa: SLF001 - both Kerases have it, at any depth
    )


def _renamed(config: Any) -> Any:
    if isinstance(config, dict):
        return {key: _renamed(value) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(_renamed(value) for value in config)
    return "float32" if isinstance(config, str) and config == POLICY else config


def _is_alike(model: Any, twin: Any) -> bool:
    import tensorflow as tf

    rng = np.random.default_rng(0)
    samples = [
        rng.normal(size=[4, *(size or _OTHER_SIZES for size in tensor.shape[1:])])
        for tensor in model.inputs
    ]
    one, other = (
        tf.nest.flatten(each(samples[0] if len(samples) == 1 else samples, training=False))
        for each in (model, twin)
    )
    pairs = [
        (np.asarray(a, np.float64), np.asarray(b, np.float64))
        for a, b in zip(one, other, strict=True)
    ]
    return all(np.abs(a - b).max() <= TOLERANCE * np.abs(b).max() for a, b in pairs)
