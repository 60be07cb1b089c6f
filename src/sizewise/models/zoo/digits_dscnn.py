"""``digits-dscnn``: handwritten digits, read by depthwise-separable convolutions."""

from __future__ import annotations

from typing import Any

from sizewise.models.zoo import digits
from sizewise.models.zoo.definition import ZooData, ZooModel
from sizewise.models.zoo.fitting import fit, normalised

CHANNELS = (64, 96, 128)
"""Channels that the pointwise convolutions give, one after another."""


def train(data: ZooData) -> Any:
    """A stem, three depthwise-separable convolutions, each with batch norms, and a classifier."""
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(1)

    def separable(number: int, channels: int) -> list[Any]:
        depthwise, pointwise = f"depthwise_{number}", f"pointwise_{number}"
        return [
            layers.DepthwiseConv2D(3, padding="same", use_bias=False, name=depthwise),
            *normalised(depthwise),
            layers.Conv2D(channels, 1, use_bias=False, name=pointwise),
            *normalised(pointwise),
        ]

    first, second, third = (
        separable(number, channels) for number, channels in enumerate(CHANNELS, start=1)
    )
    model = tf_keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(32, 3, padding="same", use_bias=False, name="stem"),
            *normalised("stem"),
            *first,
            layers.MaxPooling2D(name="pool_1"),
            *second,
            *third,
            layers.MaxPooling2D(name="pool_2"),
            layers.Flatten(name="flatten"),
            layers.Dropout(0.3, name="dropout"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits_dscnn",
    )
    loss = "sparse_categorical_crossentropy"
    return fit(model, data.train_x, data.train_y, loss=loss, epochs=15, learning_rate=4e-3)


DIGITS_DSCNN = ZooModel("digits-dscnn", digits.images, train)
