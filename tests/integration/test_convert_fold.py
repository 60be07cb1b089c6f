"""Our fold of batch norms against the upstream converter's, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from sizewise.convert import freeze
from sizewise.convert.tfjs.fold import fold_batch_norms
from sizewise.convert.tfjs.grappler import CLEANUP, grappler
from sizewise.convert.tfjs.signature import signature_def
from support.graphs import batch_norm, function_of, opened, opened_folder, random_constant


def cleaned(model):
    """The graph as it is before the fold, and the names of its outputs."""
    graph = freeze(model)
    outputs = frozenset(spec.tensor.removesuffix(":0") for spec in graph.signature.outputs)
    run = grappler((*CLEANUP, *CLEANUP), signature_def(graph.signature))
    return run(graph.graph_def), outputs


def assert_same_fold(graph_def, outputs, folds):
    from tensorflowjs.converters import fold_batch_norms as upstream

    copy = type(graph_def)()
    copy.CopyFrom(graph_def)
    ours, theirs = fold_batch_norms(graph_def, outputs), upstream.fold_batch_norms(copy)
    assert [node.name for node in ours.node] == [node.name for node in theirs.node]
    for mine, other in zip(ours.node, theirs.node, strict=True):
        assert mine == other
    assert sum(node.name.endswith("_bn_offset") for node in ours.node) == folds


def count_norms(graph_def):
    return sum(node.op.startswith("FusedBatchNorm") for node in graph_def.node)


def test_the_keyword_model(kws):
    graph_def, outputs = cleaned(opened_folder(kws / "saved_model"))
    assert_same_fold(graph_def, outputs, folds=9)


def test_a_mobilenet_with_batch_norms_that_do_something():
    import tf_keras as keras

    model = keras.applications.MobileNetV2(
        input_shape=(32, 32, 3), alpha=0.35, weights=None, include_top=False
    )
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            size = layer.gamma.shape
            layer.set_weights(
                [rng.normal(shift, 0.3, size) for shift in (1, 0, 0)]
                + [rng.uniform(0.5, 1.5, size)]
            )
    function = function_of(lambda x: {"y": model(x, training=False)}, x=[None, 32, 32, 3])
    graph_def, outputs = cleaned(opened(function, model))
    assert count_norms(graph_def) == 52
    assert_same_fold(graph_def, outputs, folds=52)


def convolution(x):
    import tensorflow as tf

    return tf.nn.conv2d(x, random_constant(3, 3, 4, 6), 1, "SAME")


def with_bias(x):
    return convolution(x) + random_constant(6, seed=1)


def with_bias_first(x):
    return random_constant(6, seed=1) + convolution(x)


def with_bias_of_one_number(x):
    return convolution(x) + random_constant(1, seed=1)


def with_bias_of_rank_four(x):
    return convolution(x) + random_constant(1, 1, 1, 6, seed=1)


def depthwise(x):
    import tensorflow as tf

    kernel = random_constant(3, 3, 4, 2)
    return tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "SAME")


@pytest.mark.parametrize(
    ("before", "channels", "folds"),
    [
        (convolution, 6, 1),
        (with_bias, 6, 1),
        (with_bias_first, 6, 1),
        (with_bias_of_one_number, 6, 1),
        (with_bias_of_rank_four, 6, 0),
        (depthwise, 8, 1),
        (lambda x: convolution(x) * 2.0 + depthwise(x)[..., :6], 6, 0),
    ],
)
def test_what_comes_before_a_batch_norm(before, channels, folds):
    def network(x):
        return {"y": batch_norm(before(x), channels, 5)}

    graph_def, outputs = cleaned(opened(function_of(network, x=[None, 8, 8, 4])))
    assert count_norms(graph_def) == 1
    assert_same_fold(graph_def, outputs, folds)


def test_two_convolutions_may_share_a_kernel():
    import tensorflow as tf

    def network(x):
        kernel = random_constant(3, 3, 4, 6)
        one = batch_norm(tf.nn.conv2d(x, kernel, 1, "SAME"), 6, 1)
        two = batch_norm(tf.nn.conv2d(x + 1.0, kernel, 1, "SAME"), 6, 2)
        return {"y": one * two}

    graph_def, outputs = cleaned(opened(function_of(network, x=[None, 8, 8, 4])))
    assert_same_fold(graph_def, outputs, folds=2)
