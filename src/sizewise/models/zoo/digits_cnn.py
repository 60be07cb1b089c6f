"""``digits-cnn``: handwritten digits, 8 x 8 pixels, ten classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from sizewise.models.zoo.definition import ZooData, ZooModel, split

EPOCHS = 20
BATCH_SIZE = 32
LEARNING_RATE = 4e-3


def data() -> ZooData:
    """scikit-learn's digits: ``x`` float32 [n, 8, 8, 1] in [0, 1], ``y`` int64 [n]."""
    from sklearn.datasets import load_digits

    pixels, digits = load_digits(return_X_y=True)
    x = (pixels / 16).astype(np.float32).reshape(-1, 8, 8, 1)
    return split(x, digits.astype(np.int64), classes=digits)


def train(data: ZooData) -> Any:
    """A convolution, a depthwise-separable one, and a classifier: 9,000 weights."""
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(1)

    def normalised(name: str) -> list[Any]:
        # The moving statistics have to settle within a few hundred steps.
        return [
            layers.BatchNormalization(momentum=0.9, name=f"{name}_norm"),
            layers.ReLU(name=f"{name}_relu"),
        ]

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
    steps = EPOCHS * -(-len(data.train_x) // BATCH_SIZE)
    rate = tf_keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    model.compile(tf_keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    model.fit(data.train_x, data.train_y, epochs=EPOCHS, batch_size=BATCH_SIZE, verbose=0)
    return model


DIGITS_CNN = ZooModel("digits-cnn", data, train)
