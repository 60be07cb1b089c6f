"""``sequence-gru``: handwritten digits, read row by row by a recurrent network."""

from __future__ import annotations

from typing import Any

from sizewise.models.zoo import digits
from sizewise.models.zoo.definition import ZooData, ZooModel
from sizewise.models.zoo.fitting import fit


def train(data: ZooData) -> Any:
    """A GRU over the eight rows of an image and a classifier of its last state."""
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(1)
    model = tf_keras.Sequential(
        [
            layers.Input((8, 8), name="rows"),
            layers.GRU(96, name="gru"),
            layers.Dropout(0.2, name="dropout"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="sequence_gru",
    )
    loss = "sparse_categorical_crossentropy"
    return fit(model, data.train_x, data.train_y, loss=loss, epochs=25, learning_rate=8e-3)


SEQUENCE_GRU = ZooModel("sequence-gru", digits.rows, train)
