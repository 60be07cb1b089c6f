"""Models that converters get wrong or refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.graphs import batch_norm, random_constant
from tests.support.made import Made, normal


def grouped_convolution(keras: Any) -> Made:
    """A convolution in two groups."""
    keras.utils.set_random_seed(3)
    image = keras.layers.Input((8, 8, 4), name="image")
    model = keras.Model(image, keras.layers.Conv2D(6, 3, groups=2, name="grouped")(image))
    return Made(model, {"image": normal(4, 8, 8, 4)}, {})


def shared_convolution() -> Made:
    """A convolution that a batch norm and something else read."""
    import tensorflow as tf

    def compute(x: Any) -> dict[str, Any]:
        shared = tf.nn.conv2d(x, random_constant(3, 3, 3, 4), 1, "SAME")
        return {"normed": tf.nn.relu(batch_norm(shared, 4, 1)), "other": tf.nn.sigmoid(shared)}

    return _network(compute, 8, 8, 3)


def training_mode() -> Made:
    """A batch norm with the statistics of the batch at hand."""

    def compute(x: Any) -> dict[str, Any]:
        return {"y": batch_norm(x, 3, 1, is_training=True)}

    return _network(compute, 8, 8, 3)


def bfloat16() -> Made:
    """A matrix product in bfloat16."""
    import tensorflow as tf

    def compute(x: Any) -> dict[str, Any]:
        product = tf.cast(x, tf.bfloat16) @ tf.cast(random_constant(4, 3), tf.bfloat16)
        return {"y": tf.cast(product, tf.float32)}

    return _network(compute, 4)


def digamma() -> Made:
    """An op that TF.js does not have."""
    import tensorflow as tf

    return _network(lambda x: {"y": tf.math.digamma(tf.abs(x) + 1.0)}, 4)


def _network(compute: Callable[[Any], dict[str, Any]], *shape: int) -> Made:
    """A module with the input ``x`` of ``shape``, and samples for it."""
    import tensorflow as tf

    class Network(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, *shape), tf.float32, "x")])
        def __call__(self, x: Any) -> dict[str, Any]:
            return compute(x)

    return Made(Network(), {"x": normal(4, *shape)}, {})
