"""``digits-transformer``: handwritten digits, read by a small transformer encoder."""

from __future__ import annotations

from typing import Any

from sizewise.models.zoo import digits
from sizewise.models.zoo.definition import ZooData, ZooModel
from sizewise.models.zoo.fitting import fit

WIDTH = 48
HEADS = 4
BLOCKS = 2
DROPPED = 0.2
"""Share of the numbers that training leaves out, at random."""


def train(data: ZooData) -> Any:
    """The eight rows of an image are the tokens; two encoder blocks with the norm before each
    part, of layers that Keras 2 brings along.

    The bias of the embedding has a row for each token: it is their learned position.
    """
    import tf_keras

    layers = tf_keras.layers
    tf_keras.utils.set_random_seed(1)
    rows = layers.Input((8, 8), name="rows")
    tokens = layers.EinsumDense(
        "ntp,pd->ntd", output_shape=(8, WIDTH), bias_axes="td", name="embedding"
    )(rows)
    for number in range(1, BLOCKS + 1):
        tokens = _block(f"block_{number}", tokens)
    tokens = layers.LayerNormalization(name="norm")(tokens)
    flat = layers.Flatten(name="flatten")(tokens)
    flat = layers.Dropout(DROPPED, name="dropout")(flat)
    digit = layers.Dense(10, activation="softmax", name="digit")(flat)
    model = tf_keras.Model(rows, digit, name="digits_transformer")
    loss = "sparse_categorical_crossentropy"
    return fit(model, data.train_x, data.train_y, loss=loss, epochs=20, learning_rate=3e-3)


def _block(name: str, tokens: Any) -> Any:
    import tf_keras

    layers = tf_keras.layers
    norm = layers.LayerNormalization(name=f"{name}_attention_norm")(tokens)
    attention = layers.MultiHeadAttention(HEADS, WIDTH // HEADS, name=f"{name}_attention")
    attended = layers.Dropout(DROPPED, name=f"{name}_attention_dropout")(attention(norm, norm))
    tokens = layers.Add(name=f"{name}_attention_sum")([tokens, attended])
    norm = layers.LayerNormalization(name=f"{name}_dense_norm")(tokens)
    inner = layers.Dense(2 * WIDTH, activation="gelu", name=f"{name}_dense_in")(norm)
    inner = layers.Dense(WIDTH, name=f"{name}_dense_out")(inner)
    inner = layers.Dropout(DROPPED, name=f"{name}_dense_dropout")(inner)
    return layers.Add(name=f"{name}_dense_sum")([tokens, inner])


DIGITS_TRANSFORMER = ZooModel("digits-transformer", digits.rows, train)
