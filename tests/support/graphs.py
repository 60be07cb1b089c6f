"""Small TensorFlow models for the tests of conversion, opened without a suite."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sizewise.domain import (
    Data,
    OpenModel,
    Samples,
    Signature,
    TensorSpec,
)


def function_of(call, **specs):
    """A concrete function of ``call``, which takes keywords and returns a dict.

    ``specs`` give each input's shape, or its shape and NumPy type.
    """
    import tensorflow as tf

    shaped = {
        name: spec if isinstance(spec, tuple) and isinstance(spec[0], list) else (spec, "float32")
        for name, spec in specs.items()
    }

    def named(**tensors):
        return call(**tensors)

    return tf.function(named, autograph=False).get_concrete_function(
        **{name: tf.TensorSpec(shape, dtype, name=name) for name, (shape, dtype) in shaped.items()}
    )


def opened(function, owner=None, version="2.19.0"):
    """The model that a concrete function of named inputs and outputs is."""
    fed = len(function.inputs) - len(function.captured_inputs)
    inputs = sorted(function.structured_input_signature[1])
    outputs = sorted(function.structured_outputs)
    signature = Signature(
        "serving_default",
        _specs(inputs, function.inputs[:fed]),
        _specs(outputs, function.outputs),
    )
    return OpenModel("model", signature, function, owner, version)


def opened_folder(folder, signature="serving_default"):
    """The model in a SavedModel folder."""
    import tensorflow as tf

    model = tf.saved_model.load(str(folder))
    return opened(model.signatures[signature], model, model.tensorflow_version)


def saved(function, folder):
    """``folder``, with a SavedModel of a concrete function in it."""
    import tensorflow as tf

    module = tf.Module()
    module.captured = [*function.variables]
    tf.saved_model.save(module, str(folder), signatures={"serving_default": function})
    return Path(folder)


def data_of(count=16, seed=0, **shapes):
    """Normal samples of the given shapes, to judge on and to calibrate with alike."""
    rng = np.random.default_rng(seed)
    samples = Samples(
        {name: rng.normal(size=(count, *shape)).astype("f4") for name, shape in shapes.items()}
    )
    return Data(samples, samples, shared=True)


def batch_norm(x, channels, seed, *, is_training=False):
    """Batch norm with statistics and factors that are not the trivial ones."""
    import tensorflow as tf

    rng = np.random.default_rng(seed)
    gamma, beta, mean = (
        tf.constant(rng.normal(shift, 0.3, channels), tf.float32) for shift in (1, 0, 0)
    )
    variance = tf.constant(rng.uniform(0.5, 1.5, channels), tf.float32)
    return tf.compat.v1.nn.fused_batch_norm(
        x, gamma, beta, mean, variance, epsilon=1e-3, is_training=is_training
    )[0]


def random_constant(*shape, seed=0):
    """A constant of normal numbers."""
    import tensorflow as tf

    return tf.constant(np.random.default_rng(seed).normal(0, 0.4, shape), tf.float32)


def _specs(names, tensors):
    return tuple(
        TensorSpec(
            name,
            tensor.name,
            tensor.dtype.name,
            None if tensor.shape.rank is None else tuple(tensor.shape.as_list()),
        )
        for name, tensor in zip(names, tensors, strict=True)
    )


def with_values(graph, rounded):
    """The graph that an artifact of these levels is."""
    import tensorflow as tf

    changed = type(graph.graph_def)()
    changed.CopyFrom(graph.graph_def)
    for node in changed.node:
        if node.name in rounded:
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(rounded[node.name].values))
    return graph.with_graph_def(changed)
