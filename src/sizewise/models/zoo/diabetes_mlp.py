"""``diabetes-mlp``: progression of diabetes in a year, a score from 25 to 346."""

from __future__ import annotations

from typing import Any

import numpy as np

from sizewise.models.zoo.definition import ZooData, ZooModel, split

EPOCHS = 30
BATCH_SIZE = 32
LEARNING_RATE = 3e-3


def data() -> ZooData:
    """scikit-learn's diabetes data: ``x`` float32 [n, 10], each column standardised with its
    mean and deviation in the training part; ``y`` float32 [n], the score as it was recorded.
    """
    from sklearn.datasets import load_diabetes

    measures, progression = load_diabetes(return_X_y=True, scaled=False)
    raw = split(measures, progression.astype(np.float32))
    mean, deviation = raw.train_x.mean(axis=0), raw.train_x.std(axis=0)
    train_x, test_x, calibrate_x = (
        ((part - mean) / deviation).astype(np.float32)
        for part in (raw.train_x, raw.test_x, raw.calibrate_x)
    )
    return ZooData(train_x, raw.train_y, test_x, raw.test_y, calibrate_x)


def train(data: ZooData) -> Any:
    """Two hidden layers. The last layer brings the result to the score's own unit, so that
    what comes before it is of the size that quantization expects.
    """
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(1)
    mean, deviation = float(data.train_y.mean()), float(data.train_y.std())

    def dense(units: int, name: str) -> Any:
        regularizer = tf_keras.regularizers.l2(0.03)
        return layers.Dense(units, activation="relu", kernel_regularizer=regularizer, name=name)

    model = tf_keras.Sequential(
        [
            layers.Input((10,), name="patient"),
            dense(64, "hidden_1"),
            layers.Dropout(0.3, name="dropout_1"),
            dense(32, "hidden_2"),
            layers.Dropout(0.3, name="dropout_2"),
            layers.Dense(1, name="standard_score"),
            layers.Rescaling(deviation, mean, name="progression"),
        ],
        name="diabetes_mlp",
    )
    steps = EPOCHS * -(-len(data.train_x) // BATCH_SIZE)
    rate = tf_keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    # The weight brings the loss to the size of standard scores, which the regularizer expects.
    model.compile(tf_keras.optimizers.Adam(rate), "mae", loss_weights=1 / deviation)
    model.fit(data.train_x, data.train_y[:, None], epochs=EPOCHS, batch_size=BATCH_SIZE, verbose=0)
    return model


DIABETES_MLP = ZooModel("diabetes-mlp", data, train)
