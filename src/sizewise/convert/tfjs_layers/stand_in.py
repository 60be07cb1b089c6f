"""Layers of Keras 3 that TensorFlow.js is taught, as layers of Keras 2, which lacks them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping
from typing import Any

from sizewise.errors import ConversionError


def stand_ins(model: Any, custom: Container[str]) -> dict[str, Any]:
    """A Keras 2 class for each class of layers of the Keras 3 ``model`` that ``custom`` names.

    A layer of such a class has the name, the config and copies of the weights of the layer of
    the model that it stands for, and computes by calling it. Raises ConversionError where two
    layers of one class have one name.
    """
    originals: dict[str, dict[str, Any]] = defaultdict(dict)
    for layer in model._flatten_layers(include_self=False):  # noqa: SLF001 - it has no public name
        kind = type(layer).__name__
        if kind in custom and originals[kind].setdefault(layer.name, layer) is not layer:
            raise ConversionError(
                f"two layers of the class {kind} are called {layer.name!r}",
                advice="give each a name of its own",
            )
    return {kind: _stand_in(kind, layers) for kind, layers in originals.items() if layers}


def _stand_in(kind: str, originals: Mapping[str, Any]) -> Any:
    import tensorflow as tf
    import tf_keras

    class StandIn(tf_keras.layers.Layer):  # type: ignore[misc]
        def __init__(self, config: Mapping[str, Any]) -> None:
            super().__init__(name=config["name"], trainable=config.get("trainable", True))
            self._config = dict(config)

        @classmethod
        def from_config(cls, config: Mapping[str, Any]) -> Any:
            return cls(config)

        def get_config(self) -> dict[str, Any]:
            return {**super().get_config(), **self._config}

        def build(self, input_shape: Any) -> None:
            for variable in originals[self.name].weights:
                self.add_weight(
                    name=_name_within(variable, self.name),
                    shape=variable.shape,
                    dtype=variable.dtype,
                    initializer=tf_keras.initializers.Constant(variable.numpy()),
                    trainable=variable.trainable,
                )
            super().build(input_shape)

        def call(self, inputs: Any) -> Any:
            # Not kept as an attribute: Keras 2 would count its weights among its own.
            return tf.autograph.experimental.do_not_convert(originals[self.name])(inputs)

    StandIn.__name__ = StandIn.__qualname__ = kind
    return StandIn


def _name_within(variable: Any, layer: str) -> str:
    """``dense/kernel`` of the variable ``inner/block/dense/kernel`` of the layer ``block``."""
    path = f"/{variable.path}"
    return str(path.partition(f"/{layer}/")[2] or variable.name)
