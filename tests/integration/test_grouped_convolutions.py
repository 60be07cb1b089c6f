"""Convolutions in groups, which both Kerases hide from converters in compiled functions."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze, graph_function
from sizewise.domain import Data, Encoding, Samples, Target, weight_names
from sizewise.models import open_object
from sizewise.runtimes import RUNTIMES
from support import upstream
from support.made import normal

IMAGES = {"image": normal(4, 9, 9, 4)}
NO_DATA = Data(Samples({}), Samples({}))


def network(keras, groups, filters):
    """A convolution in groups with a batch norm and an activation behind it."""
    layers = keras.layers
    keras.utils.set_random_seed(3)
    image = layers.Input((9, 9, 4), name="image")
    x = layers.Conv2D(filters, 3, strides=2, padding="same", groups=groups, name="grouped")(image)
    norm = layers.BatchNormalization(name="norm")
    model = keras.Model(image, layers.Conv2D(3, 1, name="last")(layers.ReLU()(norm(x))))
    norm.set_weights([normal(filters, seed=seed) for seed in range(3)] + [np.ones(filters)])
    return model


@pytest.fixture(
    scope="module",
    params=[("keras", 2, 6), ("tf_keras", 2, 6), ("keras", 4, 4), ("tf_keras", 4, 8)],
    ids=str,
)
def model(request):
    module, groups, filters = request.param
    return open_object(network(importlib.import_module(module), groups, filters))


@pytest.fixture(scope="module")
def graph(model):
    return freeze(model)


@pytest.fixture(scope="module")
def expected(model):
    return called(model.function)


def called(function):
    import tensorflow as tf

    results = function(image=tf.constant(IMAGES["image"]))
    return {name: values.numpy() for name, values in results.items()}


@pytest.mark.parametrize("runtime", ["node-wasm", "node-cpu", "litert"])
def test_artifacts_compute_what_the_model_does(runtime, graph, expected, tmp_path):
    target = Target.TFLITE if runtime == "litert" else Target.TFJS
    converter = CONVERTERS[target]()
    artifact = converter.write(
        converter.prepare(graph, NO_DATA), Encoding("float32"), tmp_path / "out"
    )
    engine = RUNTIMES[runtime]()
    outputs = engine.call(artifact, IMAGES)
    engine.close()
    for name, values in expected.items():
        np.testing.assert_allclose(outputs[name], values, atol=1e-5)


def test_the_frozen_graph_computes_it_too_and_its_kernel_is_a_weight(graph, expected):
    for name, values in called(graph_function(graph)).items():
        np.testing.assert_allclose(values, expected[name], atol=1e-5)
    assert len(weight_names(graph.graph_def.node)) == 2


def test_upstream_refuses_it(tmp_path):
    import keras

    network(keras, 2, 6).export(str(tmp_path / "source"))
    with pytest.raises(ValueError, match=r"Unsupported Ops.*\n?StatefulPartitionedCall"):
        upstream.convert(tmp_path / "source", tmp_path / "theirs")
