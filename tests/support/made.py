"""Models in memory that converters have trouble with, samples for them, and what they give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Made:
    """A model in memory, samples for it by the names of its inputs, and what it says of them.

    ``thing`` is what ``open_object`` takes, with ``signature``. ``expected`` are the outputs
    of the original, in the order in which it gives them where it has no names for them.
    """

    thing: object
    inputs: dict
    expected: dict
    signature: str | None = None


def normal(*shape, seed=0):
    """Normal samples, float32."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def recurrent(keras, kind, *, batch=None):
    """An ``LSTM`` or a ``GRU`` over sequences of 5, and a dense layer."""
    layers = keras.layers
    keras.utils.set_random_seed(3)
    sequence = layers.Input((5, 3), batch_size=batch, name="sequence")
    state = getattr(layers, kind)(4, name="cell")(sequence)
    return _keras_made(
        keras.Model(sequence, layers.Dense(2, name="scores")(state)),
        {"sequence": normal(batch or 6, 5, 3)},
        ["scores"],
    )


def attention(keras):
    """A block of multi-head attention with an erf-gelu, as in a transformer."""
    layers = keras.layers
    keras.utils.set_random_seed(3)
    tokens = layers.Input((6, 8), name="tokens")
    attended = layers.MultiHeadAttention(2, 4, name="attention")(tokens, tokens)
    summed = layers.LayerNormalization(epsilon=1e-12, name="norm")(layers.Add()([tokens, attended]))
    hidden = layers.Dense(16, activation="gelu", name="hidden")(summed)
    return _keras_made(
        keras.Model(tokens, layers.Dense(3, name="scores")(hidden)),
        {"tokens": normal(5, 6, 8)},
        ["scores"],
    )


def mixed_precision(keras):
    """A convolution network with the policy mixed_float16."""
    layers = keras.layers
    keras.utils.set_random_seed(3)
    policy = "mixed_float16"
    image = layers.Input((8, 8, 2), name="image")
    x = layers.Conv2D(4, 3, dtype=policy, name="conv")(image)
    x = layers.BatchNormalization(dtype=policy, name="norm")(x)
    x = layers.Flatten(dtype=policy, name="flatten")(layers.ReLU(dtype=policy, name="relu")(x))
    scores = layers.Dense(3, dtype=policy, name="scores")(x)
    return _keras_made(
        keras.Model(image, layers.Activation("linear", dtype="float32", name="out")(scores)),
        {"image": normal(5, 8, 8, 2)},
        ["out"],
    )


def application(keras, name, size=32):
    """A model of ``keras.applications`` without trained weights, but with outputs that vary.

    ``name`` is MobileNetV2, MobileNetV3Small, EfficientNetB0 or another of their kind. The
    scale and shift of every batch norm are random, and its statistics are those of the samples.
    """
    keras.utils.set_random_seed(3)
    options = {"include_preprocessing": False} if name.startswith("MobileNetV3") else {}
    if name == "MobileNetV2":
        options["alpha"] = 0.35
    model = getattr(keras.applications, name)(
        weights=None, input_shape=(size, size, 3), classes=10, **options
    )
    rng = np.random.default_rng(3)
    norms = [layer for layer in model.layers if type(layer).__name__ == "BatchNormalization"]
    for norm in norms:
        gamma, beta, *statistics = norm.get_weights()
        norm.momentum = 0.0
        norm.set_weights(
            [rng.uniform(0.5, 1.5, gamma.shape), rng.normal(0, 0.3, beta.shape), *statistics]
        )
    (tensor,) = model.inputs
    images = rng.uniform(-1, 1, (8, size, size, 3)).astype(np.float32)
    model(images, training=True)
    return _keras_made(model, {tensor.name.partition(":")[0]: images}, model.output_names)


def _keras_made(model, inputs, names):
    import tensorflow as tf

    arrays = list(inputs.values())
    result = tf.nest.flatten(model(arrays if len(arrays) > 1 else arrays[0], training=False))
    expected = {name: np.asarray(output) for name, output in zip(names, result, strict=True)}
    return Made(model, inputs, expected)


def subclassed(keras):
    """A model of its own class, whose inputs are known from its first call only."""

    class Twofold(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = keras.layers.Dense(3, name="first")
            self.dropout = keras.layers.Dropout(0.5)

        def call(self, x, training=None):
            hidden = self.first(x)
            return {"scores": self.dropout(hidden, training=training), "hidden": hidden}

    keras.utils.set_random_seed(3)
    return Twofold()


def while_loop():
    """A loop as often as a sample says, over a variable."""
    import tensorflow as tf

    class Loop(tf.Module):
        def __init__(self):
            super().__init__()
            self.kernel = tf.Variable(normal(4, 4) * 0.5)

        @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32, "x")])
        def __call__(self, x):
            _, result = tf.while_loop(
                lambda step, _: step < 3,
                lambda step, state: (step + 1, tf.tanh(state @ self.kernel)),
                (tf.constant(0), x),
            )
            return {"state": result}

    return _module_made(Loop(), {"x": normal(5, 4)})


def conditional():
    """A branch that depends on the samples."""
    import tensorflow as tf

    class Branch(tf.Module):
        def __init__(self):
            super().__init__()
            self.kernel = tf.Variable(normal(4, 2))

        @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32, "x")])
        def __call__(self, x):
            return {
                "y": tf.cond(
                    tf.reduce_sum(x) > 0, lambda: x @ self.kernel, lambda: -x @ self.kernel
                )
            }

    return _module_made(Branch(), {"x": normal(5, 4)})


def wide_constants():
    """Constants of int64 and float64 among the weights."""
    import tensorflow as tf

    class Wide(tf.Module):
        def __init__(self):
            super().__init__()
            self.order = tf.constant([2, 0, 1], tf.int64)
            self.scale = tf.constant([0.1, 0.2, 0.3], tf.float64)

        @tf.function(input_signature=[tf.TensorSpec((None, 3), tf.float32, "x")])
        def __call__(self, x):
            turned = tf.cast(tf.gather(x, self.order, axis=1), tf.float64) * self.scale
            return {"y": tf.cast(turned, tf.float32)}

    return _module_made(Wide(), {"x": normal(5, 3)})


def twins(batch=None):
    """Two inputs and two outputs of equal shapes and types, in no alphabetical order."""
    import tensorflow as tf

    class Twins(tf.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right = tf.Variable(normal(3, 3)), tf.Variable(normal(3, 3, seed=1))

        @tf.function(
            input_signature=[
                tf.TensorSpec((batch, 3), tf.float32, "zeta"),
                tf.TensorSpec((batch, 3), tf.float32, "alpha"),
            ]
        )
        def __call__(self, zeta, alpha):
            return {"sum": zeta @ self.left + alpha, "part": tf.nn.relu(alpha @ self.right - zeta)}

    rows = batch or 5
    return _module_made(Twins(), {"zeta": normal(rows, 3), "alpha": normal(rows, 3, seed=2)})


def _module_made(module, inputs):
    import tensorflow as tf

    result = module(**{name: tf.constant(array) for name, array in inputs.items()})
    return Made(module, inputs, {name: output.numpy() for name, output in result.items()})


def fused_cnn():
    """A network whose TF.js graph model has fused ops: with Prelu, and a depthwise convolution
    with bias and relu6, neither of which TensorFlow can run.
    """
    import tensorflow as tf

    class Fused(tf.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.conv_bias = tf.Variable(normal(3, 3, 2, 4)), tf.Variable(normal(4))
            self.slopes = tf.Variable(np.abs(normal(4, seed=1)))
            self.deep, self.deep_bias = tf.Variable(normal(3, 3, 4, 1)), tf.Variable(normal(4))
            self.dense, self.dense_bias = tf.Variable(normal(4, 3)), tf.Variable(normal(3))

        @tf.function(input_signature=[tf.TensorSpec((None, 8, 8, 2), tf.float32, "image")])
        def __call__(self, image):
            x = tf.nn.bias_add(tf.nn.conv2d(image, self.conv, 1, "SAME"), self.conv_bias)
            x = tf.nn.relu(x) + -self.slopes * tf.nn.relu(-x)
            x = tf.nn.depthwise_conv2d(x, self.deep, (1, 1, 1, 1), "SAME")
            x = tf.reduce_mean(tf.nn.relu6(tf.nn.bias_add(x, self.deep_bias)), axis=(1, 2))
            return {"scores": tf.nn.relu(tf.nn.bias_add(x @ self.dense, self.dense_bias))}

    return _module_made(Fused(), {"image": normal(5, 8, 8, 2)})
