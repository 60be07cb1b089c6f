"""``digits-autoencoder``: knows a digit that it never saw by how badly it redraws it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sizewise.models.zoo import digits
from sizewise.models.zoo.definition import ZooData, ZooModel, split
from sizewise.models.zoo.fitting import fit

ANOMALY = 2
"""The digit that is left out of training."""

PIXELS = 64


def data() -> ZooData:
    """``x`` float32 [n, 64] in [0, 1]; ``y`` int64 [n], 1 for the digit that is left out. All of
    its images are among the held-out samples, and none is anywhere else.
    """
    images, numbers = digits.load()
    pixels, strange = images.reshape(-1, PIXELS), numbers == ANOMALY
    usual = split(pixels[~strange], np.zeros((~strange).sum(), np.int64), numbers[~strange])
    return ZooData(
        usual.train_x,
        usual.train_y,
        np.concatenate([usual.test_x, pixels[strange]]),
        np.concatenate([usual.test_y, np.ones(strange.sum(), np.int64)]),
        usual.calibrate_x,
    )


def train(data: ZooData) -> Any:
    """An encoder down to 12 numbers, a decoder, and what anomalies are known by: the mean squared
    error over the pixels, the only output. It is what training brings down, too.
    """
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(1)
    pixels = layers.Input((PIXELS,), name="pixels")
    inner = pixels
    for name, units in [("encoder", 192), ("code", 12), ("decoder", 192)]:
        inner = layers.Dense(units, activation="relu", name=name)(inner)
    redrawn = layers.Dense(PIXELS, activation="sigmoid", name="redrawn")(inner)
    # TensorFlow.js's layers know no difference, but a sum with the negative.
    negative = layers.Rescaling(-1.0, name="negative")(redrawn)
    difference = layers.Add(name="difference")([pixels, negative])
    squares = layers.Dot(axes=1, name="squares")([difference, difference])
    error = layers.Rescaling(1 / PIXELS, name="error")(squares)
    model = tf_keras.Model(pixels, error, name="digits_autoencoder")
    return fit(model, data.train_x, data.train_y, loss="mae", epochs=40, learning_rate=3e-3)


DIGITS_AUTOENCODER = ZooModel("digits-autoencoder", data, train)
