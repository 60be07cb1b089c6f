"""Transforms on real graphs: what they change, what they leave alone, what still runs."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.sources import saved_model

from sizewise import compress
from sizewise.compress.kernels import kernels
from sizewise.compress.prune import zeros_wanted
from sizewise.domain import Cluster, Graph, Pattern, Prune, Samples, Scope, Transform
from sizewise.errors import ConversionError
from sizewise.models import load_data, open_model

PRUNE50 = Transform((Prune(0.5),))


def apply_transform(transform, graph):
    """Without samples: no step here looks at any."""
    return compress.apply_transform(transform, graph, Samples({}))


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


def test_all_kernels_together_are_pruned_by_one_threshold(keyword_spotter):
    graph, _ = keyword_spotter
    pruned = apply_transform(Transform((Prune(0.8, scope=Scope.GLOBAL),)), graph)
    originals = dict(kernels(graph))
    after = dict(kernels(pruned))
    total = sum(weights.size for weights in after.values())
    assert sum((weights == 0).sum() for weights in after.values()) == zeros_wanted(total, 0.8)
    removed = max(np.abs(originals[name][after[name] == 0]).max() for name in after)
    kept = min(np.abs(w[w != 0]).min() for w in after.values() if w.any())
    assert removed <= kept
    assert len({round((w == 0).mean(), 2) for w in after.values()}) > 1


def test_a_pattern_runs_along_the_inputs_of_what_has_any(keyword_spotter):
    graph, _ = keyword_spotter
    originals = dict(kernels(graph))
    pruned = dict(kernels(apply_transform(Transform((Prune(pattern=Pattern(2, 4)),)), graph)))
    for name, weights in pruned.items():
        inputs, outputs = weights.shape[-2:]
        if outputs == 1:  # depthwise
            np.testing.assert_array_equal(weights, originals[name])
        elif inputs % 4 == 0:
            groups = weights.reshape(-1, inputs // 4, 4, outputs)
            assert (np.count_nonzero(groups, axis=2) == 2).all()
        else:
            # The first convolution, of one channel: half of a group of one, rounded up.
            assert inputs == 1
            np.testing.assert_array_equal(weights, originals[name])


def test_a_matrix_that_is_taken_transposed_has_its_inputs_last():
    import tensorflow as tf

    weights = tf.constant(np.arange(1, 41).reshape(10, 4), tf.float32)
    graph = graph_of(lambda x: {"y": tf.matmul(x, weights, transpose_b=True)}, None, 4)
    ((_, pruned),) = kernels(apply_transform(Transform((Prune(pattern=Pattern(1, 4)),)), graph))
    assert (np.count_nonzero(pruned, axis=1) == 1).all()


def test_a_pattern_needs_a_convolution_or_a_dense_layer():
    import tensorflow as tf

    table = tf.constant(np.arange(1, 41).reshape(10, 4), tf.float32)
    graph = graph_of(lambda x: {"y": tf.gather(table, tf.cast(x, tf.int32))}, None)
    with pytest.raises(ConversionError, match="prune2of4 found no kernel of a convolution"):
        apply_transform(Transform((Prune(pattern=Pattern(2, 4)),)), graph)


@pytest.mark.parametrize("clusters", [2, 32])
def test_every_kernel_of_the_keyword_spotter_gets_few_values(keyword_spotter, clusters):
    graph, _ = keyword_spotter
    clustered = apply_transform(Transform((Cluster(clusters),)), graph)
    originals = dict(kernels(graph))
    for name, weights in kernels(clustered):
        assert np.unique(weights).size == clusters
        assert np.abs(weights - originals[name]).max() <= np.ptp(originals[name])
        assert weights.mean() == pytest.approx(originals[name].mean(), abs=1e-6)


def test_zeros_survive_clustering(keyword_spotter):
    graph, _ = keyword_spotter
    pruned = dict(kernels(apply_transform(PRUNE50, graph)))
    both = dict(kernels(apply_transform(Transform((Prune(0.5), Cluster(16))), graph)))
    for name, weights in both.items():
        np.testing.assert_array_equal(weights == 0, pruned[name] == 0)
        assert np.unique(weights).size == 16


def test_pruning_after_clustering_must_not_add_a_value(keyword_spotter):
    graph, _ = keyword_spotter
    with pytest.raises(ConversionError, match=r"cluster16 left 1\d distinct values in .*; put the"):
        apply_transform(Transform((Cluster(16), Prune(0.03))), graph)


def test_what_is_not_finite_cannot_be_clustered():
    import tensorflow as tf

    weights = tf.constant([[1.0, np.nan], [2.0, 3.0]])
    graph = graph_of(lambda x: {"y": x @ weights}, None, 2)
    with pytest.raises(ConversionError, match=r"cluster2 cannot cluster .* holds NaN or infinity"):
        apply_transform(Transform((Cluster(2),)), graph)
