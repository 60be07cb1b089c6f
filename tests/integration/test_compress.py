"""Transforms on real graphs: what they change, what they leave alone, what still runs."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.sources import saved_model

from sizewise.compress import apply_transform
from sizewise.compress.kernels import kernels
from sizewise.compress.prune import zeros_wanted
from sizewise.domain import Graph, Prune, Transform
from sizewise.errors import ConversionError
from sizewise.models import load_data, open_model

PRUNE50 = Transform((Prune(0.5),))


def frozen(function, signature=None):
    """The graph of a concrete function, its variables turned into constants."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    constant = convert_variables_to_constants_v2(
        function, lower_control_flow=True, aggressive_inlining=True
    )
    return Graph(constant.graph.as_graph_def(), signature, "2.19.0")


def graph_of(call, *shape):
    """The graph of ``call``, which takes one tensor."""
    import tensorflow as tf

    return frozen(tf.function(call).get_concrete_function(x=tf.TensorSpec(shape, tf.float32, "x")))


def run(graph_def, feed, fetch, value):
    """One output of a frozen graph, run as it is."""
    import tensorflow as tf

    imported = tf.compat.v1.wrap_function(
        lambda: tf.import_graph_def(graph_def, name=""), signature=[]
    )
    graph = imported.graph
    pruned = imported.prune(graph.get_tensor_by_name(feed), graph.get_tensor_by_name(fetch))
    return pruned(tf.constant(value)).numpy()


def constants(graph_def):
    """Value of every constant of a graph's main part."""
    import tensorflow as tf

    return {
        node.name: tf.make_ndarray(node.attr["value"].tensor)
        for node in graph_def.node
        if node.op == "Const"
    }


@pytest.fixture(scope="module")
def keyword_spotter(kws):
    spec = saved_model(kws / "saved_model", data=kws / "kws01.npz", metric="accuracy", limit=100)
    model = open_model(spec)
    data = load_data(spec, model.signature)
    return frozen(model.function, model.signature), data.judge


@pytest.mark.parametrize("sparsity", [0.5, 0.8])
def test_every_kernel_of_the_keyword_spotter_gets_its_share_of_zeros(keyword_spotter, sparsity):
    graph, samples = keyword_spotter
    before = graph.graph_def.SerializeToString(deterministic=True)
    pruned = apply_transform(Transform((Prune(sparsity),)), graph)
    assert graph.graph_def.SerializeToString(deterministic=True) == before
    assert pruned.signature is graph.signature

    originals = dict(kernels(graph))
    # One convolution, four depthwise-separable blocks of two, and a dense layer.
    assert len(originals) == 10
    for name, weights in kernels(pruned):
        zeros = weights == 0
        assert zeros.sum() == zeros_wanted(weights.size, sparsity)
        np.testing.assert_array_equal(weights[~zeros], originals[name][~zeros])
        assert np.abs(originals[name][zeros]).max() <= np.abs(weights[~zeros]).min()

    after = constants(pruned.graph_def)
    for name, values in constants(graph.graph_def).items():
        if name not in originals:
            np.testing.assert_array_equal(after[name], values)
    assert [node.name for node in pruned.graph_def.node] == [
        node.name for node in graph.graph_def.node
    ]

    feed, fetch = graph.signature.inputs[0].tensor, graph.signature.outputs[0].tensor
    images = samples.inputs["input_1"]
    outputs, reference = (run(g.graph_def, feed, fetch, images) for g in (pruned, graph))
    assert outputs.shape == reference.shape
    assert np.isfinite(outputs).all()
    assert not np.allclose(outputs, reference, atol=1e-3)


def test_no_step_changes_nothing(keyword_spotter):
    graph, _ = keyword_spotter
    assert apply_transform(Transform(), graph) is graph


def test_steps_are_applied_in_order(keyword_spotter):
    graph, _ = keyword_spotter
    twice = apply_transform(Transform((Prune(0.5), Prune(0.8))), graph)
    once = apply_transform(Transform((Prune(0.8),)), graph)
    assert twice.graph_def == once.graph_def


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "bfloat16"])
def test_kernels_of_every_floating_type(dtype):
    import tensorflow as tf

    weights = tf.cast(tf.reshape(tf.range(1.0, 21.0), (4, 5)), dtype)
    graph = graph_of(lambda x: {"y": tf.cast(x, dtype) @ weights}, None, 4)
    ((_, pruned),) = kernels(apply_transform(PRUNE50, graph))
    assert pruned.dtype == weights.numpy().dtype
    assert pruned.astype(float).ravel().tolist() == [0] * 10 + list(range(11, 21))


def test_only_kernels_are_pruned():
    import tensorflow as tf

    kernel = tf.constant(np.arange(1, 73).reshape(3, 3, 2, 4), tf.float32)
    offset = tf.fill((4, 4), 0.001)
    bias = tf.constant([0.001, 0.002, 0.003, 0.004])

    def call(x):
        features = tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias)
        return {"y": features + offset}

    graph = graph_of(call, 1, 4, 4, 2)
    assert [weights.shape for _, weights in kernels(graph)] == [(3, 3, 2, 4)]
    before = constants(graph.graph_def)
    after = constants(apply_transform(PRUNE50, graph).graph_def)
    changed = [name for name in before if not np.array_equal(before[name], after[name])]
    assert [before[name].shape for name in changed] == [(3, 3, 2, 4)]


def test_a_kernel_that_two_ops_share_is_pruned_once():
    import tensorflow as tf

    table = tf.constant(np.arange(1, 41).reshape(10, 4), tf.float32)

    def call(x):
        embedded = tf.gather(table, tf.cast(x, tf.int32))
        return {"y": tf.matmul(embedded, table, transpose_b=True)}

    ((_, pruned),) = kernels(apply_transform(PRUNE50, graph_of(call, None, 3)))
    assert np.count_nonzero(pruned) == 20


def test_kernels_in_library_functions_are_pruned():
    import tensorflow as tf
    from tensorflow.core.framework.graph_pb2 import GraphDef

    inner = graph_of(lambda x: {"y": x @ tf.ones((4, 5))}, None, 4).graph_def
    graph_def = GraphDef()
    function = graph_def.library.function.add()
    function.signature.name = "body"
    function.node_def.extend(inner.node)
    graph = Graph(graph_def, None, "2.19.0")
    ((name, pruned),) = kernels(apply_transform(PRUNE50, graph))
    assert name.startswith("body/")
    assert pruned.ravel().tolist() == [0] * 10 + [1] * 10


def test_a_graph_without_kernels_cannot_be_pruned():
    import tensorflow as tf

    graph = graph_of(lambda x: {"y": tf.nn.relu(x) * 2}, None, 4)
    with pytest.raises(ConversionError, match="prune50 found no kernel in the graph"):
        apply_transform(PRUNE50, graph)
