"""``digits-cnn``: handwritten digits, 8 x 8 pixels, ten classes."""

from __future__ import annotations

from typing import Any

from sizewise.models.zoo import digits
from sizewise.models.zoo.definition import ZooData, ZooModel
from sizewise.models.zoo.fitting import fit, normalised


def train(data: ZooData) -> Any:
    """A convolution, a depthwise-separable one, and a classifier: 9,000 weights."""
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(1)

    model = tf_keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(16, 3, padding="same", use_bias=False, name="stem"),
            *normalised("stem"),
            layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise"),
            *normalised("depthwise"),
            layers.Conv2D(48, 1, use_bias=False, name="pointwise"),
            *normalised("pointwise"),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dropout(0.3, name="dropout"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits_cnn",
    )
    loss = "sparse_categorical_crossentropy"
    return fit(model, data.train_x, data.train_y, loss=loss, epochs=20, learning_rate=4e-3)


DIGITS_CNN = ZooModel("digits-cnn", digits.images, train)
