"""Models that the upstream converter gets wrong, and that ours gets right, in TF.js itself."""

from __future__ import annotations

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import Artifact, ArtifactFile, Data, Encoding, Samples, Target
from sizewise.errors import RuntimeCrashError, UnsupportedOpError
from sizewise.runtimes import RUNTIMES
from support import upstream
from support.graphs import (
    batch_norm,
    function_of,
    opened,
    opened_folder,
    random_constant,
    saved,
)

SHAPE = (8, 8, 3)
CONVERTER = CONVERTERS[Target.TFJS]()
NO_DATA = Data(Samples({}), Samples({}))


@pytest.fixture(scope="module")
def runtimes():
    opened = [RUNTIMES[name]() for name in ("node-wasm", "node-cpu")]
    yield opened
    for runtime in opened:
        runtime.close()


def convolution(x, channels=4, seed=0):
    import tensorflow as tf

    return tf.nn.conv2d(x, random_constant(3, 3, 3, channels, seed=seed), 1, "SAME")


def depthwise(x):
    import tensorflow as tf

    return tf.nn.depthwise_conv2d(x, random_constant(3, 3, 3, 2), [1, 1, 1, 1], "SAME")


def biased(x, channels, *leading):
    return x + random_constant(*leading, channels, seed=3)


def shared_convolution(x):
    import tensorflow as tf

    shared = convolution(x)
    return {"normed": tf.nn.relu(batch_norm(shared, 4, 1)), "other": tf.nn.sigmoid(shared)}


def convolution_that_is_an_output(x):
    import tensorflow as tf

    shared = convolution(x)
    return {"normed": tf.nn.relu(batch_norm(shared, 4, 1)), "raw": shared}


def shared_bias(x):
    import tensorflow as tf

    shared = biased(convolution(x), 4)
    return {"normed": batch_norm(shared, 4, 1), "other": tf.nn.sigmoid(shared)}


def two_batch_norms(x):
    shared = convolution(x)
    return {"one": batch_norm(shared, 4, 1), "two": batch_norm(shared, 4, 2)}


def shared_depthwise(x):
    import tensorflow as tf

    shared = depthwise(x)
    return {"active": tf.nn.relu(shared), "other": tf.nn.sigmoid(shared)}


def shared_depthwise_with_bias(x):
    import tensorflow as tf

    shared = tf.nn.bias_add(depthwise(x), random_constant(6, seed=3))
    return {"active": tf.nn.relu(shared), "raw": shared}


def shared_relu_of_prelu(x):
    import tensorflow as tf

    positive = tf.nn.relu(x)
    return {"prelu": positive + random_constant(3) * tf.nn.relu(-x), "other": positive * 2.0}


def hard_swish(x):
    import tensorflow as tf

    x = batch_norm(convolution(x), 4, 1)
    return {"y": 2.0 * (x * (tf.nn.relu6(x + 3.0) * (1 / 6)))}


def batch_norm_and_relu(x):
    import tensorflow as tf

    return {"y": 2.0 * tf.nn.relu(batch_norm(x + 1.0, 3, 1))}


def batch_norm_of_a_computed_kernel(x):
    import tensorflow as tf

    kernel = tf.reduce_mean(x) * random_constant(3, 3, 3, 4)
    return {"y": tf.nn.relu(batch_norm(tf.nn.conv2d(x, kernel, 1, "SAME"), 4, 1))}


def dense(x):
    import tensorflow as tf

    return tf.matmul(tf.reshape(x, [-1, 192]), random_constant(192, 5) * 0.2)


def dense_and_tanh(x):
    import tensorflow as tf

    return {"y": 2.0 * tf.tanh(biased(dense(x), 5))}


def exact_gelu(x):
    import tensorflow as tf

    return {"y": tf.nn.gelu(biased(dense(x), 5))}


def activated(x):
    import tensorflow as tf

    return {"y": tf.nn.relu(x)}


def constant_branches(x):
    import tensorflow as tf

    number = tf.cond(tf.reduce_sum(x) > 1e6, lambda: tf.constant(1.0), lambda: tf.constant(2.0))
    return {"y": x * number}


CASES = {
    shared_convolution: {"wrong"},
    convolution_that_is_an_output: {"wrong"},
    shared_bias: {"refused"},
    two_batch_norms: {"refused"},
    shared_depthwise: {"wrong"},
    shared_depthwise_with_bias: {"wrong"},
    shared_relu_of_prelu: {"wrong"},
    batch_norm_of_a_computed_kernel: {"dead"},
    dense_and_tanh: {"dead"},
    exact_gelu: {"refused"},
    constant_branches: {"wrong"},
    # What TensorFlow fuses here depends on the CPU and on oneDNN.
    hard_swish: {"dead", "right"},
    batch_norm_and_relu: {"refused", "right"},
}
"""Networks, and what becomes of them with the upstream converter."""

ADDENDS = {
    "a number": lambda x: activated(convolution(x) + 0.5),
    "rank 4": lambda x: activated(biased(convolution(x), 4, 1, 1, 1)),
    "rank 4, depthwise": lambda x: activated(biased(depthwise(x), 6, 1, 1, 1)),
    "rank 2, dense": lambda x: activated(biased(dense(x), 5, 1)),
    "an image": lambda x: activated(biased(convolution(x), 4, 8, 8)),
    "another product": lambda x: activated(dense(x) + dense(2.0 * x)),
}
"""What is added to a convolution or product, and refused by upstream's WASM kernels as a bias."""


def as_artifact(folder, signature):
    """The artifact that the upstream converter wrote."""
    files = tuple(ArtifactFile(name, 0, "") for name in ("model.json",))
    return Artifact(Target.TFJS, "float32", folder, files, "", signature)


def is_right(runtime, artifact, inputs, expected):
    outputs = runtime.execute(artifact, inputs, latency_runs=1).outputs
    return all(
        outputs[name].shape == values.shape and np.abs(outputs[name] - values).max() < 2e-5
        for name, values in expected.items()
    )


def upstreams_fate(source, folder, model, run):
    """What becomes of ``source`` with the upstream converter; ``run`` says if it is right."""
    try:
        upstream.convert(source, folder)
    except Exception:  # noqa: BLE001 - whatever upstream raises is a refusal
        return "refused"
    try:
        return "right" if run(as_artifact(folder, model.signature)) else "wrong"
    except (RuntimeCrashError, UnsupportedOpError):
        return "dead"


def check(network, fates, runtimes, folder):
    import tensorflow as tf

    inputs = {"x": np.random.default_rng(0).normal(size=(4, *SHAPE)).astype("f4")}
    source = saved(function_of(network, x=[None, *SHAPE]), folder / "source")
    model = opened_folder(source)
    results = model.function(x=tf.constant(inputs["x"]))
    expected = {name: values.numpy() for name, values in results.items()}
    assert all(values.std() > 0.05 for values in expected.values())

    wasm = runtimes[0]
    fate = upstreams_fate(
        source, folder / "theirs", model, lambda one: is_right(wasm, one, inputs, expected)
    )
    ready = CONVERTER.prepare(freeze(model), NO_DATA)
    artifact = CONVERTER.write(ready, Encoding("float32"), folder / "ours")
    assert fate in fates
    assert [runtime.name for runtime in runtimes
            if not is_right(runtime, artifact, inputs, expected)] == []  # fmt: skip
    return artifact


@pytest.mark.parametrize("network", CASES, ids=lambda network: network.__name__)
def test_ours_is_right_where_upstreams_is_not(network, runtimes, tmp_path):
    check(network, CASES[network], runtimes, tmp_path)


@pytest.mark.parametrize("addend", ADDENDS)
def test_what_is_added_becomes_a_bias_only_where_it_is_one(addend, runtimes, tmp_path):
    check(ADDENDS[addend], {"dead"}, runtimes, tmp_path)


@pytest.mark.parametrize("layer", ["LSTM", "GRU"])
def test_keras_3_loops_run_and_carry_their_weights_once(layer, runtimes, tmp_path):
    import keras
    import tensorflow as tf

    model = keras.Sequential(
        [keras.layers.Input((24, 8)), getattr(keras.layers, layer)(5), keras.layers.Dense(3)]
    )

    def network(x):
        return {"y": model(tf.reshape(x, [-1, 24, 8]), training=False)}

    artifact = check(network, {"dead"}, runtimes, tmp_path)
    held = sum(file.size_bytes for file in artifact.files[1:])
    assert held < 1.5 * 4 * model.count_params()


def test_a_loop_over_weights_runs(runtimes, tmp_path):
    import tensorflow as tf

    kernel = tf.Variable(random_constant(3, 3))

    def network(x):
        def step(count, rows):
            return count + 1, tf.tanh(tf.matmul(rows, kernel) + kernel[0])

        start = [0, tf.reshape(x, [-1, 3])]
        rows = tf.while_loop(lambda count, _: count < 3, step, start)[1]
        return {"y": tf.reshape(rows, [-1, 192])}

    check(network, {"dead"}, runtimes, tmp_path)


@pytest.mark.parametrize("channels_first", [False, True])
def test_batch_norm_in_training_mode_uses_the_batch(channels_first, runtimes, tmp_path):
    def network(x):
        import tensorflow as tf

        if not channels_first:
            return {"y": batch_norm(convolution(x), 4, 1, is_training=True)}
        rows = tf.reshape(x, [1, -1, 192, 1])
        ones = tf.ones(tf.shape(rows)[1])
        normed = tf.compat.v1.nn.fused_batch_norm(
            rows, ones, 0.5 * ones, epsilon=1e-3, data_format="NCHW"
        )[0]
        return {"y": tf.reshape(normed, [-1, 192])}

    check(network, {"wrong", "dead"}, runtimes, tmp_path)


def test_statistics_of_the_batch_are_refused():
    import tensorflow as tf

    def network(x):
        ones, zeros = tf.ones(3), tf.zeros(3)
        norm = tf.compat.v1.nn.fused_batch_norm(x, ones, zeros, epsilon=1e-3)
        return {"y": norm[0], "mean": norm[1]}

    model = opened(function_of(network, x=[None, *SHAPE]))
    with pytest.raises(
        UnsupportedOpError, match=r"no batch norm in training mode .*FusedBatchNormV3.*training=F"
    ):
        CONVERTER.prepare(freeze(model), NO_DATA)
