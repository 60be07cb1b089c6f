"""A Keras 3 model built again in Keras 2, with the same weights and the same outputs."""

from __future__ import annotations

import inspect
from collections.abc import Container
from typing import Any

import numpy as np

from sizewise.convert.failure import first_line
from sizewise.convert.tfjs_layers.keras2 import Accepts, keras2_config
from sizewise.convert.tfjs_layers.stand_in import stand_ins
from sizewise.errors import ConversionError

TOLERANCE = 1e-5
"""Largest difference of outputs, as a share of the largest absolute value of each, or absolute
where that is below 1."""

_SAMPLES = 4
_UNKNOWN_SIZE = 16
"""What a dimension is that the model leaves open, beside that of the samples."""

_ARGUMENTS_OF_ALL = frozenset(["name", "trainable", "dtype", "batch_input_shape"])


def in_keras2(model: Any, custom: Container[str] = ()) -> Any:
    """A tf_keras model with the layers and weights of a Keras 3 ``model``.

    ``custom`` names classes of layers that a runtime is taught; they need not be Keras 2's.
    Raises UnsupportedOpError, with the layer's name, if Keras 2 has no such layer, and
    ConversionError if it cannot build the model or the outputs on random inputs differ by more
    than ``TOLERANCE``.
    """
    import tf_keras

    kind = "Sequential" if type(model).__name__ == "Sequential" else "Functional"
    taught = stand_ins(model, custom)
    config = keras2_config(kind, model.get_config(), _accepting(taught))
    build = tf_keras.Sequential if kind == "Sequential" else tf_keras.Model
    try:
        twin = build.from_config(config, custom_objects=taught)
    except Exception as error:
        raise ConversionError(
            f"Keras 2 cannot build the model: {first_line(error)}",
            advice="use the target tfjs, which takes any model",
        ) from error
    _copy_weights(model, twin, taught)
    _require_equal(model, twin)
    return twin


class _Anything:
    """The arguments of a class that is given its config as it is."""

    def __contains__(self, argument: object) -> bool:
        return True


def _accepting(taught: Container[str]) -> Accepts:
    return lambda kind: _Anything() if kind in taught else _accepted_arguments(kind)


def _accepted_arguments(kind: str) -> frozenset[str] | None:
    import tf_keras

    homes = (tf_keras.layers, tf_keras.initializers, tf_keras.regularizers, tf_keras.constraints)
    found = next((getattr(home, kind) for home in homes if hasattr(home, kind)), None)
    if not inspect.isclass(found):
        return None
    of_all = _ARGUMENTS_OF_ALL if issubclass(found, tf_keras.layers.Layer) else frozenset()
    classes = inspect.getmro(found)
    named = (
        inspect.signature(vars(each).get("__init__", object.__init__)).parameters
        for each in classes[:-1]
    )
    return of_all.union(*named) - {"self", "args", "kwargs"}


def _copy_weights(model: Any, twin: Any, taught: Container[str]) -> None:
    """Those of the layers that are not ``taught``, which have theirs from the start."""
    twins = {layer.name: layer for layer in twin.layers}
    for layer in model.layers:
        if type(layer).__name__ in taught:
            continue
        if hasattr(layer, "layers") and hasattr(twins.get(layer.name), "layers"):
            _copy_weights(layer, twins[layer.name], taught)
        elif layer.name in twins:
            values, wanted = layer.get_weights(), twins[layer.name].get_weights()
            if [value.shape for value in values] != [value.shape for value in wanted]:
                raise ConversionError(f"layer {layer.name!r} has other weights in Keras 2")
            twins[layer.name].set_weights(values)


def _require_equal(model: Any, twin: Any) -> None:
    generator = np.random.default_rng(0)
    inputs = [_random(tensor, generator) for tensor in model.inputs]
    pairs = zip(_outputs(model, inputs), _outputs(twin, inputs), strict=True)
    for position, (expected, found) in enumerate(pairs):
        largest = float(np.abs(expected).max(initial=1.0))
        worst = float(np.abs(expected - found).max(initial=0.0))
        if not worst <= TOLERANCE * largest:
            raise ConversionError(
                f"built again in Keras 2, the model differs by {worst:.3g} in output {position}",
                advice="use the target tfjs, which takes any model",
            )


def _random(tensor: Any, generator: np.random.Generator) -> Any:
    shape = [_UNKNOWN_SIZE if size is None else size for size in tensor.shape]
    shape[0] = tensor.shape[0] or _SAMPLES
    values = generator.uniform(0, 1, shape)
    # Integers are most often indices: 0 and 1 are valid in any table of two.
    return (
        np.round(values).astype(tensor.dtype) if "int" in str(tensor.dtype) else values.astype("f4")
    )


def _outputs(model: Any, inputs: list[Any]) -> list[Any]:
    import tensorflow as tf

    structure = inputs[0] if len(inputs) == 1 else inputs
    return [np.asarray(value) for value in tf.nest.flatten(model(structure, training=False))]
