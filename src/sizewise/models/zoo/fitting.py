"""How zoo models are trained, but for what is special to one of them."""

from __future__ import annotations

from typing import Any

from sizewise.domain import Array


def fit(
    model: Any,
    x: Array,
    y: Array,
    *,
    loss: str,
    epochs: int,
    learning_rate: float,
    batch_size: int = 32,
) -> Any:
    """Train a tf_keras ``model`` with Adam, its rate falling to zero along a cosine; gives it."""
    import tf_keras

    steps = epochs * -(-len(x) // batch_size)
    rate = tf_keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    model.compile(tf_keras.optimizers.Adam(rate), loss)
    model.fit(x, y, epochs=epochs, batch_size=batch_size, verbose=0)
    return model


def normalised(name: str) -> list[Any]:
    """A batch norm and a ReLU, called after the layer ``name`` that they follow."""
    import tf_keras

    # The moving statistics have to settle within a few hundred steps.
    return [
        tf_keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_norm"),
        tf_keras.layers.ReLU(name=f"{name}_relu"),
    ]
