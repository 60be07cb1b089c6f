"""``wine-tabular``: which of three growers a wine is from, by its chemical analysis."""

from __future__ import annotations

from typing import Any

import numpy as np

from sizewise.models.zoo.definition import ZooData, ZooModel, split
from sizewise.models.zoo.fitting import fit


def data() -> ZooData:
    """scikit-learn's wines: ``x`` float32 [n, 13], each column in its own unit, from 0.1 to 1,680;
    ``y`` int64 [n], the grower.
    """
    from sklearn.datasets import load_wine

    analysis, grower = load_wine(return_X_y=True)
    return split(analysis.astype(np.float32), grower.astype(np.int64), classes=grower)


def train(data: ZooData) -> Any:
    """The columns brought to mean 0 and deviation 1 by the model itself, and two hidden layers."""
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(1)

    def dense(units: int, name: str) -> Any:
        regularizer = tf_keras.regularizers.l2(1e-3)
        return layers.Dense(units, activation="relu", kernel_regularizer=regularizer, name=name)

    mean, variance = data.train_x.mean(axis=0), data.train_x.var(axis=0)
    model = tf_keras.Sequential(
        [
            layers.Input((13,), name="analysis"),
            layers.Normalization(mean=mean, variance=variance, name="standard"),
            dense(128, "hidden_1"),
            layers.Dropout(0.3, name="dropout_1"),
            dense(96, "hidden_2"),
            layers.Dropout(0.3, name="dropout_2"),
            layers.Dense(3, activation="softmax", name="grower"),
        ],
        name="wine_tabular",
    )
    loss = "sparse_categorical_crossentropy"
    return fit(model, data.train_x, data.train_y, loss=loss, epochs=60, learning_rate=3e-3)


WINE_TABULAR = ZooModel("wine-tabular", data, train)
