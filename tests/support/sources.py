"""Small models on disk, in every format that a suite can name, and specs that name them."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
from tests.support.made import normal

from sizewise.domain import DataSource, Limit, Location, ModelSpec, Source, SourceKind

SUITE = Path("suite.yaml")
SOURCE_LINE = f"{SUITE}:4"
DATA_LINE = f"{SUITE}:5"


def spec_of(kind, location, *, data="samples.npz", metric="mae", signature=None, limit=None):
    """A model as line 4 and its data as line 5 of a suite name them."""
    return ModelSpec(
        "model",
        Source(kind, str(location), Location(SUITE, 4)),
        DataSource(str(data), limit=limit, at=Location(SUITE, 5)),
        metric,
        Limit(0.01),
        signature,
    )


def saved_model(location, **named):
    """The spec of a SavedModel folder."""
    return spec_of(SourceKind.SAVED_MODEL, location, **named)


def keras_file(location, **named):
    """The spec of a Keras file."""
    return spec_of(SourceKind.KERAS, location, **named)


def write_two_signatures(folder):
    """A SavedModel: ``main`` has inputs and outputs in another order than the alphabet's,
    ``fixed`` takes four samples at once, ``total`` gives one number for all of them.
    """
    import tensorflow as tf

    class Module(tf.Module):
        def __init__(self):
            super().__init__()
            self.weights = tf.Variable(tf.reshape(tf.range(6.0), (3, 2)))

        @tf.function(
            input_signature=[
                tf.TensorSpec((None, 3), tf.float32, "zeta"),
                tf.TensorSpec((None, 2), tf.float64, "alpha"),
            ]
        )
        def main(self, zeta, alpha):
            return {"out": zeta @ self.weights, "another": alpha * 2}

        @tf.function(input_signature=[tf.TensorSpec((4, 3), tf.float32, "x")])
        def fixed(self, x):
            return x @ self.weights

        @tf.function(input_signature=[tf.TensorSpec((None, 3), tf.float32, "x")])
        def total(self, x):
            return tf.reduce_sum(x @ self.weights)

    module = Module()
    signatures = {"main": module.main, "fixed": module.fixed, "total": module.total}
    tf.saved_model.save(module, str(folder), signatures=signatures)
    return folder


def write_tf1(folder):
    """A SavedModel of TensorFlow 1, whose tensors are called otherwise than its signature."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        zeta = v1.placeholder(tf.float32, (None, 3), "first")
        alpha = v1.placeholder(tf.float64, (None, 2), "second")
        weights = v1.get_variable("weights", initializer=tf.ones((3, 2)))
        session.run(v1.global_variables_initializer())
        builder = v1.saved_model.Builder(str(folder))
        definition = v1.saved_model.predict_signature_def(
            {"zeta": zeta, "alpha": alpha}, {"out": zeta @ weights, "another": alpha * 2}
        )
        builder.add_meta_graph_and_variables(session, ["serve"], {"main": definition})
        builder.save()
    return folder


def small_cnn(keras):
    """A Sequential of a convolution, a depthwise one and a dense layer, weights random."""
    layers = keras.layers
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            layers.Input((8, 8, 2), name="image"),
            layers.Conv2D(4, 3, name="conv"),
            layers.BatchNormalization(name="norm"),
            layers.DepthwiseConv2D(3, name="depthwise"),
            layers.Flatten(name="flatten"),
            layers.Dropout(0.5, name="dropout"),
            layers.Dense(5, name="scores"),
        ]
    )


def two_headed(keras, *, named):
    """A model of two inputs and two outputs in another order than the alphabet's.

    ``named``: they are dicts, with keys of their own for the outputs; else lists.
    """
    layers = keras.layers
    keras.utils.set_random_seed(3)
    zeta, alpha = layers.Input((3,), name="zeta"), layers.Input((2,), name="alpha")
    second, first = layers.Dense(2, name="second")(zeta), layers.Dense(3, name="first")(alpha)
    if named:
        return keras.Model({"zeta": zeta, "alpha": alpha}, {"w": second, "v": first})
    return keras.Model([zeta, alpha], [second, first])


def stored(kind, location, **details):
    """A source by itself, as Python code names it, with the line that a suite would have."""
    return Source(kind, str(location), Location(SUITE, 4), **details)


def write_lookup(folder, values="int64"):
    """A SavedModel of text to numbers, by a hash table: ``word`` to ``number``."""
    import tensorflow as tf

    class Lookup(tf.Module):
        def __init__(self):
            super().__init__()
            self.table = tf.lookup.StaticHashTable(
                tf.lookup.KeyValueTensorInitializer(
                    tf.constant(["red", "green", "blue"]), tf.constant([3, 5, 7], values)
                ),
                default_value=-1,
            )

        @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, "word")])
        def __call__(self, word):
            return {"number": self.table.lookup(word)}

    module = Lookup()
    tf.saved_model.save(module, str(folder), signatures=module.__call__)
    return Path(folder)


def write_tf1_lookup(folder):
    """The same as a SavedModel of TensorFlow 1, where the table is a node of the graph."""
    import tensorflow as tf

    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        word = v1.placeholder(tf.string, (None,), "word")
        entries = tf.lookup.KeyValueTensorInitializer(
            tf.constant(["red", "green", "blue"]), tf.constant([3, 5, 7], tf.int64)
        )
        number = v1.lookup.StaticHashTable(entries, -1).lookup(word)
        session.run(v1.tables_initializer())
        definition = v1.saved_model.predict_signature_def({"word": word}, {"number": number})
        builder = v1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(
            session, ["serve"], {"main": definition}, main_op=v1.tables_initializer()
        )
        builder.save()
    return Path(folder)


WORDS = np.array(["blue", "none", "red"])
NUMBERS = [7, -1, 3]


def write_tagged(folder):
    """A SavedModel of TensorFlow 1 with a graph for ``serve`` and one for ``serve, gpu``, which
    give three and four times their input.
    """
    import tensorflow as tf

    v1 = tf.compat.v1
    builder = v1.saved_model.Builder(str(folder))
    for tags, factor in ((["serve"], 1.0), (["serve", "gpu"], 4 / 3)):
        with tf.Graph().as_default(), v1.Session() as session:
            x = v1.placeholder(tf.float32, (None, 2), "x")
            weight = v1.get_variable("weight", initializer=tf.constant(3.0))
            session.run(v1.global_variables_initializer())
            signature = v1.saved_model.predict_signature_def({"x": x}, {"y": x * weight * factor})
            signatures = {"serving_default": signature}
            if factor == 1:
                builder.add_meta_graph_and_variables(session, tags, signatures)
            else:
                builder.add_meta_graph(tags, signatures)
    builder.save()
    return Path(folder)


def write_frozen_graph(path):
    """A ``.pb`` of a small network: ``image`` to ``Softmax``, and ``hidden`` on the way."""
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        image = tf.compat.v1.placeholder(tf.float32, (None, 4, 4, 1), "image")
        kernel = tf.constant(normal(3, 3, 1, 2), name="kernel")
        hidden = tf.nn.relu(tf.nn.conv2d(image, kernel, 1, "VALID"), name="hidden")
        tf.nn.softmax(tf.reshape(hidden, (-1, 8)), name="Softmax")
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return path


def write_unfrozen_graph(path):
    """A ``.pb`` that still has a variable."""
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, (None, 2), "x")
        weight = tf.compat.v1.get_variable("weight", (2, 2), use_resource=True)
        tf.identity(x @ weight, name="y")
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return path


def write_tfjs_graph(folder, saved, **options):
    """A TF.js graph model of a SavedModel, as the upstream converter writes it."""
    from tensorflowjs.converters import tf_saved_model_conversion_v2 as upstream

    with contextlib.redirect_stdout(io.StringIO()):
        upstream.convert_tf_saved_model(str(saved), str(folder), **options)
    return Path(folder)


def write_tfjs_layers(folder, model, **options):
    """A TF.js layers model of a tf_keras model, as the upstream converter writes it."""
    from tensorflowjs.converters import save_keras_model

    save_keras_model(model, str(folder), **options)
    return Path(folder)


def write_tflite(path, saved, signature="serving_default"):
    """A ``.tflite`` of a SavedModel's signature."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved), signature_keys=[signature])
    path.write_bytes(converter.convert())
    return path


def write_bare_tflite(path, function):
    """A ``.tflite`` of a concrete function, without signatures, as old converters wrote it."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    path.write_bytes(converter.convert())
    return path
