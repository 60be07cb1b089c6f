"""Large weights kept beside the graph change nothing but the memory that a conversion takes."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze
from sizewise.convert.tfjs.optimise import optimise
from sizewise.convert.tfjs.signature import kept_signature, signature_def
from sizewise.domain import Data, Encoding, Samples, Target
from sizewise.models import open_object
from support import made
from support.graphs import function_of, opened, random_constant


@pytest.fixture(autouse=True)
def _nothing_is_too_small(monkeypatch):
    monkeypatch.setattr("sizewise.convert.stand_ins.LARGE_BYTES", 64)


def variable(*shape, seed=0):
    import tensorflow as tf

    return tf.Variable(made.normal(*shape, seed=seed))


def of_call(call, *shape):
    """The model of ``call``, which takes one tensor and gives one."""
    function = function_of(lambda x: {"y": call(x)}, x=list(shape))
    return opened(function, owner=function.variables)


def products():
    first, second = variable(8, 16), variable(16, 4, seed=1)
    return of_call(lambda x: x @ first @ second, None, 8), 2


def equal_weights():
    import tensorflow as tf

    one, other = variable(8, 8), variable(8, 8)
    return of_call(lambda x: tf.nn.relu(x @ one) + x @ other, None, 8), 1


def tied_embedding():
    import tensorflow as tf

    table = variable(16, 8)

    def call(x):
        return tf.gather(table, tf.cast(x, tf.int32)) @ tf.transpose(table)

    return of_call(call, None), 0


def scaled_by_itself():
    import tensorflow as tf

    kernel = variable(8, 8)
    return of_call(lambda x: (x @ kernel) * tf.reduce_sum(kernel), None, 8), 0


def convolution_and_product():
    import tensorflow as tf

    kernel, dense = variable(3, 3, 2, 8), variable(8, 8)

    def call(x):
        x = tf.nn.conv2d(x, kernel, 1, "SAME") * random_constant(8)
        return tf.nn.relu(tf.reduce_mean(x, axis=(1, 2))) @ dense

    return of_call(call, None, 6, 6, 2), 1


def computed_with():
    kernel = variable(8, 8)
    function = function_of(lambda x: {"y": x @ kernel, "kernel": kernel * 1.0}, x=[None, 8])
    return opened(function, owner=function.variables), 0


def handed_out():
    import tensorflow as tf

    kernel = variable(8, 8)
    function = function_of(lambda x: {"y": x @ kernel, "kernel": tf.identity(kernel)}, x=[None, 8])
    return opened(function, owner=function.variables), None


def scaled_product():
    kernel = variable(8, 8)
    return of_call(lambda x: (x @ kernel) * random_constant(8), None, 8), 1


def of_keras(keras, build):
    return open_object(build(importlib.import_module(keras)).thing), None


MODELS = {
    "products": products,
    "equal weights": equal_weights,
    "tied embedding": tied_embedding,
    "scaled by itself": scaled_by_itself,
    "convolution and product": convolution_and_product,
    "scaled product": scaled_product,
    "computed with": computed_with,
    "handed out": handed_out,
    "loop": lambda: (open_object(made.while_loop().thing), None),
    "GRU": lambda: of_keras("tf_keras", lambda keras: made.recurrent(keras, "GRU")),
    "GRU of Keras 3": lambda: of_keras("keras", lambda keras: made.recurrent(keras, "GRU")),
    "attention": lambda: of_keras("tf_keras", made.attention),
    "attention of Keras 3": lambda: of_keras("keras", made.attention),
    "mixed precision": lambda: of_keras("tf_keras", made.mixed_precision),
}
"""Models, each with the number of weights that the optimiser never sees, where that is said."""


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]()


def written(graph, folder):
    converter = CONVERTERS[Target.TFJS]()
    prepared = converter.prepare(graph, Data(Samples({}), Samples({})))
    artifact = converter.write(prepared, Encoding("float32"), folder)
    return {file.path: (folder / file.path).read_bytes() for file in artifact.files}


def test_the_whole_graph_has_the_constants_of_tensorflow(model):
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    graph = freeze(model[0])
    frozen = convert_variables_to_constants_v2(
        model[0].function, lower_control_flow=True, aggressive_inlining=True
    )
    assert graph.weights
    assert graph.skeleton.ByteSize() < graph.graph_def.ByteSize()
    whole, expected = (
        {node.name: node for node in graph_def.node}
        for graph_def in (graph.graph_def, frozen.graph.as_graph_def())
    )
    for name in graph.weights:
        assert whole[name] == expected[name]


def test_the_artifact_is_the_one_made_with_all_weights_inside(model, tmp_path):
    opened_model, beside = model
    graph = freeze(opened_model)
    ours = written(graph, tmp_path / "beside")
    assert ours == written(graph.with_graph_def(graph.graph_def), tmp_path / "inside")
    if beside is not None:
        _, left = optimise(graph, signature_def(kept_signature(graph)))
        assert len({id(values) for values in left.values()}) == beside


def test_a_variable_that_is_assigned_to_afterwards_changes_nothing():
    import tensorflow as tf

    kernel = tf.Variable(made.normal(8, 8))
    graph = freeze(of_call(lambda x: x @ kernel, None, 8))
    (values,) = graph.weights.values()
    before = values.copy()
    kernel.assign_add(tf.ones((8, 8)))
    kernel.assign(tf.zeros((8, 8)))
    np.testing.assert_array_equal(values, before)


def test_nothing_is_copied_on_the_way_to_the_files():
    graph = freeze(products()[0])
    prepared = CONVERTERS[Target.TFJS]().prepare(graph, Data(Samples({}), Samples({})))
    stored = [weight.values for weight in prepared.weights]
    for values in graph.weights.values():
        assert any(np.shares_memory(values, each) for each in stored)
