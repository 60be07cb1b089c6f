"""``digits-resnet``: handwritten digits, read by a residual network."""

from __future__ import annotations

from typing import Any

from sizewise.models.zoo import digits
from sizewise.models.zoo.definition import ZooData, ZooModel
from sizewise.models.zoo.fitting import fit, normalised


def train(data: ZooData) -> Any:
    """A stem and three residual blocks of two convolutions with batch norms; the second and the
    third halve the image and widen the channels, with a 1 x 1 convolution beside them.
    """
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(1)
    image = layers.Input((8, 8, 1), name="image")
    maps = layers.Conv2D(16, 3, padding="same", use_bias=False, name="stem")(image)
    for layer in normalised("stem"):
        maps = layer(maps)
    for number, (channels, strides) in enumerate([(16, 1), (32, 2), (64, 2)], start=1):
        maps = _block(f"block_{number}", maps, channels, strides)
    pooled = layers.GlobalAveragePooling2D(name="pool")(maps)
    digit = layers.Dense(10, activation="softmax", name="digit")(pooled)
    model = tf_keras.Model(image, digit, name="digits_resnet")
    loss = "sparse_categorical_crossentropy"
    return fit(model, data.train_x, data.train_y, loss=loss, epochs=15, learning_rate=4e-3)


def _block(name: str, maps: Any, channels: int, strides: int) -> Any:
    import tf_keras

    layers = tf_keras.layers

    def convolution(part: str, size: int, step: int) -> Any:
        return layers.Conv2D(
            channels, size, step, padding="same", use_bias=False, name=f"{name}_{part}"
        )

    inner = convolution("first", 3, strides)(maps)
    for layer in normalised(f"{name}_first"):
        inner = layer(inner)
    inner = convolution("second", 3, 1)(inner)
    inner = layers.BatchNormalization(momentum=0.9, name=f"{name}_second_norm")(inner)
    if strides > 1:
        maps = convolution("shortcut", 1, strides)(maps)
        maps = layers.BatchNormalization(momentum=0.9, name=f"{name}_shortcut_norm")(maps)
    summed = layers.Add(name=f"{name}_sum")([maps, inner])
    return layers.ReLU(name=f"{name}_relu")(summed)


DIGITS_RESNET = ZooModel("digits-resnet", digits.images, train)
