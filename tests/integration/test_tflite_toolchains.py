"""Both toolchains for TFLite, in LiteRT, against the model that the files come from."""

from __future__ import annotations

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import ENCODINGS, ConversionOptions, Data, Encoding, Samples, Target
from sizewise.errors import ConversionError, UnsupportedOpError
from sizewise.measure import read_weights
from sizewise.models import open_object
from sizewise.runtimes import RUNTIMES
from support.graphs import data_of, function_of, opened, random_constant

CONVERTER = CONVERTERS[Target.TFLITE]()


@pytest.fixture(scope="module")
def runtime():
    runtime = RUNTIMES["litert"]()
    yield runtime
    runtime.close()


def samples_of(shape, count=64):
    return Samples({"x": np.random.default_rng(0).normal(size=(count, *shape)).astype("f4")})


@pytest.fixture(scope="module")
def network():
    import tf_keras

    layers = tf_keras.layers
    return tf_keras.Sequential(
        [
            layers.Input((8, 8, 3), name="x"),
            layers.Conv2D(16, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.DepthwiseConv2D(3),
            layers.Conv2D(64, 1, activation="relu"),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dense(10),
        ]
    )


@pytest.fixture(scope="module")
def prepared(network):
    samples = samples_of((8, 8, 3))
    return CONVERTER.prepare(freeze(open_object(network, name="net")), Data(samples, samples))


LARGEST_ERROR = {
    "float32": 1e-5,
    "float16": 0.005,
    "dynamic_int8": 0.05,
    "int8": 0.15,
    "int16x8": 0.03,
    "weight_int8": 0.03,
    "weight_int4": 0.3,
    "aeq_dynamic_int8": 0.05,
    "aeq_int8": 0.15,
}
"""As a share of the largest output."""

LARGEST_SIZE = {"float32": 1.1, "float16": 0.6, "weight_int4": 0.2}
"""As a share of the kernels' bytes in float32; 0.4 for all encodings in 8 bits."""


@pytest.mark.parametrize("encoding", ENCODINGS[Target.TFLITE])
def test_every_encoding_runs_and_is_near_the_model(network, prepared, runtime, tmp_path, encoding):
    artifact = CONVERTER.write(prepared, Encoding(encoding), tmp_path / "model")
    inputs = samples_of((8, 8, 3)).inputs
    expected = network(inputs["x"]).numpy()
    (found,) = runtime.execute(artifact, inputs).outputs.values()
    assert np.abs(found - expected).max() <= LARGEST_ERROR[encoding] * np.abs(expected).max()
    kernels = 4 * sum(np.size(w) for w in network.get_weights())
    assert artifact.size_bytes <= LARGEST_SIZE.get(encoding, 0.4) * kernels
    assert artifact.notes == ()


@pytest.mark.parametrize(("encoding", "kind"), [("weight_int8", "int8"), ("weight_int4", "int4")])
def test_kernels_are_found_behind_what_decodes_them(prepared, tmp_path, encoding, kind):
    report = read_weights(CONVERTER.write(prepared, Encoding(encoding), tmp_path / "model"))
    assert kind in {tensor.dtype for tensor in report.tensors if tensor.is_kernel}
    assert sum(tensor.is_kernel for tensor in report.tensors) == 5


def test_the_float_file_is_made_once_and_serves_the_other_toolchain(prepared, tmp_path):
    artifact = CONVERTER.write(prepared, Encoding("float32"), tmp_path / "model")
    assert artifact.entry.read_bytes() is not prepared.float_file
    assert artifact.entry.read_bytes() == prepared.float_file
    assert prepared.ranges is prepared.ranges


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_a_recurrent_network_gets_a_batch_of_one(runtime, tmp_path, cell):
    import tf_keras

    layers = tf_keras.layers
    model = tf_keras.Sequential(
        [
            layers.Input((12, 5), name="x"),
            getattr(layers, cell)(16, return_sequences=True),
            layers.Dense(4),
        ]
    )
    samples = samples_of((12, 5), 8)
    ready = CONVERTER.prepare(freeze(open_object(model, name="r")), Data(samples, samples))
    for encoding, bound in [("float32", 1e-5), ("dynamic_int8", 0.05), ("weight_int8", 0.05)]:
        artifact = CONVERTER.write(ready, Encoding(encoding), tmp_path / encoding)
        (found,) = runtime.execute(artifact, samples.inputs).outputs.values()
        assert np.abs(found - model(samples.inputs["x"]).numpy()).max() <= bound
        assert artifact.signature.inputs[0].shape == (1, 12, 5)
        assert "fixed batch of 1" in artifact.notes[0]
    for encoding in ("int8", "int16x8", "aeq_int8"):
        with pytest.raises(ConversionError, match="calibrate"):
            CONVERTER.write(ready, Encoding(encoding), tmp_path / encoding)


def test_ops_of_tensorflow_only_where_they_are_asked_for(tmp_path):
    import tensorflow as tf

    function = function_of(lambda x: {"y": tf.linalg.inv(x)}, x=[1, 4, 4])
    graph, data = freeze(opened(function)), data_of(x=(4, 4))
    with pytest.raises(UnsupportedOpError, match="MatrixInverse"):
        CONVERTER.write(CONVERTER.prepare(graph, data), Encoding("float32"), tmp_path / "refused")
    options = ConversionOptions(select_tf_ops=True)
    assert b"FlexMatrixInverse" in CONVERTER.prepare(graph, data, options).float_file


def test_a_weight_that_is_not_finite_is_named_and_a_mask_is_none(tmp_path):
    import tensorflow as tf

    kernel = random_constant(4, 4).numpy()
    kernel[1, 1] = np.nan
    broken = function_of(
        lambda x: {"y": x @ tf.constant(kernel, name="kernel") + tf.constant([-np.inf, 0, 0, 0])},
        x=[None, 4],
    )
    ready = CONVERTER.prepare(freeze(opened(broken)), data_of(x=(4,)))
    with pytest.raises(ConversionError, match="weight 'kernel' holds NaN or infinity"):
        CONVERTER.write(ready, Encoding("weight_int8"), tmp_path / "model")
    CONVERTER.write(ready, Encoding("float32"), tmp_path / "model")


def test_what_fewer_bits_do_to_weights_is_said_with_their_names(tmp_path):
    import tensorflow as tf

    rng = np.random.default_rng(0)
    first, second = (rng.normal(size=(64, 64)).astype("f4") for _ in range(2))
    first[0, 5] = 1e6
    second[:] = 0.25

    def call(x):
        hidden = x @ tf.constant(first, name="spiky")
        even = hidden @ tf.constant(second, name="even")
        return {"y": even / tf.sqrt(tf.constant(1e-9, shape=[64], name="epsilon"))}

    graph = freeze(opened(function_of(call, x=[None, 64])))
    ready = CONVERTER.prepare(graph, data_of(x=(64,)))
    notes = {
        encoding: CONVERTER.write(ready, Encoding(encoding), tmp_path / encoding).notes
        for encoding in ("float32", "float16", "dynamic_int8", "weight_int8", "weight_int4")
    }
    even = "weight even: one and the same value throughout"
    assert notes["float32"] == notes["weight_int4"] == (even,)
    assert "weight spiky: beyond the range of float16, cut off at 65504" in notes["float16"]
    assert "weight epsilon: positive values become 0 in float16" in notes["float16"]
    for encoding in ("dynamic_int8", "weight_int8"):
        (found,) = set(notes[encoding]) - {even}
        assert found.startswith("weight spiky: fewer than 16 of 255 levels in use in a channel")
