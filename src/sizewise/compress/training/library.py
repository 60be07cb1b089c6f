"""The two Kerases: which one a model belongs to, copies of models, and tfmot."""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Any

from sizewise.errors import ConversionError

_JOINED = frozenset(["Functional", "Sequential"])
"""The classes of models, of either Keras, whose config says how layers are joined."""

_LEGACY = "TF_USE_LEGACY_KERAS"


def is_keras3(model: Any) -> bool:
    """Whether a model is one of Keras 3, and not of tf_keras."""
    return _home(model) == "keras"


def keras_of(model: Any) -> ModuleType:
    """The module ``keras`` or ``tf_keras`` that a model belongs to."""
    return importlib.import_module(_home(model))


def private_copy(model: Any, seed: int) -> Any:
    """A model with the same layers, names and weights, which is not compiled.

    ``seed`` settles what layers draw their own seeds from: Keras 3 does so when they are made.

    Raises ConversionError for what is no Keras model, and where the model cannot be copied
    because its layers are joined in Python.
    """
    if not _home(model):
        raise ConversionError(
            "fine-tuning needs a Keras model: this source has a graph alone",
            advice="leave finetune out, which works on every source, or give the .keras or .h5 "
            "file",
        )
    if _JOINED.isdisjoint(kind.__name__ for kind in type(model).__mro__):
        raise ConversionError(
            f"the Keras model {model.name!r} is a class of its own, whose layers are joined in "
            "Python, so that it cannot be copied to be trained",
            advice="leave finetune out, which works on every source, or build the model with "
            "keras.Sequential or the functional API",
        )
    keras = keras_of(model)
    keras.utils.set_random_seed(seed)
    copy = _cloned(keras, model)
    copy.set_weights(model.get_weights())
    return copy


def _cloned(keras: ModuleType, model: Any) -> Any:
    """Keras 3 would compile the clone from a config, which fails for losses of one's own."""
    compiled = getattr(model, "compiled", None)
    if not compiled or not is_keras3(model):
        return keras.models.clone_model(model)
    model.compiled = False
    try:
        return keras.models.clone_model(model)
    finally:
        model.compiled = compiled


def copy_weights(source: Any, target: Any) -> None:
    """Give ``target`` the weights of ``source``, layer by layer: both have the same layers by
    name, whatever their variables are called.
    """
    for layer in target.layers:
        twin = source.get_layer(layer.name)
        if hasattr(layer, "layers"):
            copy_weights(twin, layer)
        else:
            layer.set_weights(twin.get_weights())


def tfmot() -> ModuleType:
    """tensorflow-model-optimization, which works on models of tf_keras.

    Its import sets an environment variable by which ``tf.keras`` becomes Keras 2 for whoever
    looks at it first, here and in processes started later. What ``tf.keras`` is stays as it was
    decided before.
    """
    import tensorflow as tf

    before = os.environ.get(_LEGACY)
    # Looked at, it is loaded and does not change any more.
    tf.keras.Model  # noqa: B018
    try:
        return importlib.import_module("tensorflow_model_optimization")
    finally:
        if before is None:
            os.environ.pop(_LEGACY, None)
        else:
            os.environ[_LEGACY] = before


def first_line(error: Exception) -> str:
    """What an error of a library says, in one line without a full stop."""
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {line.rstrip('.')}" if line else type(error).__name__


def _home(model: Any) -> str:
    """``keras``, ``tf_keras``, or "" for no model of either."""
    for kind in type(model).__mro__:
        package = kind.__module__.partition(".")[0]
        if kind.__name__ == "Model" and package in ("keras", "tf_keras"):
            return package
    return ""
