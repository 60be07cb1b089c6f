"""Layers models of both Kerases in TensorFlow.js, against the models that they come from."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze
from sizewise.convert.tfjs_layers.supported import ACTIVATIONS, LAYERS
from sizewise.domain import ENCODINGS, ConversionOptions, Data, Encoding, Samples, Target
from sizewise.errors import ConversionError, UnsupportedOpError
from sizewise.measure import read_weights
from sizewise.models import open_object
from sizewise.runtimes import RUNTIMES

CONVERTER = CONVERTERS[Target.TFJS_LAYERS]()
NO_DATA = Data(Samples({}), Samples({}))


def keras_of(name):
    import keras
    import tf_keras

    return {"keras 2": tf_keras, "keras 3": keras}[name]


def several(keras):
    """Two inputs and two outputs, neither in the order of the alphabet."""
    layers = keras.layers
    image, aside = keras.Input((8, 8, 3), name="image"), keras.Input((4,), name="aside")
    x = layers.Conv2D(4, 3, activation="swish")(image)
    x = layers.BatchNormalization()(x)
    x = layers.DepthwiseConv2D(3)(x)
    x = layers.SeparableConv2D(8, 1, activation="relu")(x)
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), aside])
    outputs = [layers.Dense(3, name="last")(x), layers.Dense(3, name="first")(x)]
    return keras.Model([image, aside], outputs)


def recurrent(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((12,), dtype="int32", name="x"),
            layers.Embedding(20, 6),
            layers.Bidirectional(layers.LSTM(8)),
            layers.Dense(3),
        ]
    )


def nested(keras):
    layers = keras.layers
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(4)], name="inner")
    shared = layers.Dense(4)
    x = keras.Input((4,), name="x")
    return keras.Model(x, inner(shared(inner(shared(x)))))


def prepared(model, options=None):
    opened = open_object(model, name="net")
    return opened, CONVERTER.prepare(freeze(opened), NO_DATA, options or ConversionOptions())


def inputs_of(opened, count=5):
    generator = np.random.default_rng(0)
    return {
        spec.name: generator.integers(0, 20, (count, *spec.shape[1:])).astype("i4")
        if spec.dtype == "int32"
        else generator.normal(size=(count, *spec.shape[1:])).astype("f4")
        for spec in opened.signature.inputs
    }


@pytest.fixture(scope="module")
def runtime():
    runtime = RUNTIMES["node-wasm"]()
    yield runtime
    runtime.close()


BOUNDS = {"float32": 1e-5, "float16": 5e-3, "uint16": 1e-3, "uint8": 0.1}


@pytest.mark.parametrize("keras", ["keras 2", "keras 3"])
@pytest.mark.parametrize("make", [several, recurrent, nested])
def test_outputs_are_the_models_bound_by_name(runtime, tmp_path, make, keras):
    import tensorflow as tf

    opened, ready = prepared(make(keras_of(keras)))
    inputs = inputs_of(opened)
    expected = opened.function(**{name: tf.constant(x) for name, x in inputs.items()})
    for encoding in ENCODINGS[Target.TFJS_LAYERS]:
        artifact = CONVERTER.write(ready, Encoding(encoding), tmp_path / encoding)
        found = runtime.execute(artifact, inputs).outputs
        assert set(found) == set(expected)
        for name, values in expected.items():
            assert np.abs(found[name] - values.numpy()).max() <= BOUNDS[encoding]
    assert any("Keras 2" in note for note in artifact.notes) == (keras == "keras 3")


def test_a_keras_2_model_is_upstreams(tmp_path):
    from tensorflowjs.converters import save_keras_model

    model = recurrent(keras_of("keras 2"))
    _, ready = prepared(model, ConversionOptions(weight_shard_bytes=700, metadata={"a": 1}))
    artifact = CONVERTER.write(ready, Encoding("uint8"), tmp_path / "ours")
    save_keras_model(model, str(tmp_path / "theirs"), {"uint8": True}, 700, {"a": 1})
    ours = json.loads(artifact.entry.read_text())
    theirs = json.loads((tmp_path / "theirs" / "model.json").read_text())
    assert ours == theirs
    assert list(ours) == list(theirs)
    shards = [file.path for file in artifact.files[1:]]
    assert len(shards) > 1
    for shard in shards:
        assert (tmp_path / "ours" / shard).read_bytes() == (
            tmp_path / "theirs" / shard
        ).read_bytes()


def test_kernels_are_known_by_their_names(tmp_path):
    _, ready = prepared(recurrent(keras_of("keras 2")))
    report = read_weights(CONVERTER.write(ready, Encoding("float32"), tmp_path / "model"))
    kernels = [tensor.name.rpartition("/")[2] for tensor in report.tensors if tensor.is_kernel]
    assert sorted(kernels) == ["embeddings"] + 3 * ["kernel"] + 2 * ["recurrent_kernel"]


def test_patterns_go_by_the_names_of_layers(tmp_path):
    _, ready = prepared(several(keras_of("keras 2")))
    mixed = Encoding("mixed", {"uint8": ("last/kernel",), "float16": ("*",)})
    artifact = CONVERTER.write(ready, mixed, tmp_path / "model")
    kinds = {tensor.name: tensor.dtype for tensor in read_weights(artifact).tensors}
    assert kinds.pop("last/kernel") == "uint8"
    assert set(kinds.values()) == {"float16"}


@pytest.mark.parametrize(
    ("add", "message"),
    [
        (lambda k: k.layers.GRU(3), r"GRU with reset_after=True \(gru"),
        (lambda k: k.layers.Dense(3, activation="exponential", name="d"), r"exponential \(d\)"),
        (lambda k: k.layers.UnitNormalization(name="u"), r"UnitNormalization \(u\)"),
    ],
)
def test_what_the_layers_of_tfjs_lack_is_named(add, message):
    keras = keras_of("keras 2")
    with pytest.raises(UnsupportedOpError, match=message):
        prepared(keras.Sequential([keras.Input((4, 5)), add(keras)]))


def test_what_keras_2_lacks_is_named():
    keras = keras_of("keras 3")
    x = keras.Input((4,))
    with pytest.raises(UnsupportedOpError, match="layer 'rms' is of the class RMSNormalization"):
        prepared(keras.Model(x, keras.layers.RMSNormalization(name="rms")(x)))
    with pytest.raises(UnsupportedOpError, match="is the operation Multiply"):
        prepared(keras.Model(x, x * 2.0))


@pytest.mark.parametrize("keras", ["keras 2", "keras 3"])
def test_a_class_of_ones_own_is_refused(keras):
    module = keras_of(keras)

    class Own(module.Model):
        def call(self, x):
            return x * 2.0

    model = Own(name="own")
    model(np.ones((1, 4), "f4"))
    with pytest.raises(ConversionError, match=r"'own' is a class of its own"):
        prepared(model)


def test_a_graph_alone_has_no_layers():
    from support.graphs import function_of, opened

    with pytest.raises(ConversionError, match="only a Keras model has layers"):
        CONVERTER.prepare(freeze(opened(function_of(lambda x: {"y": x + 1.0}, x=[1, 2]))), NO_DATA)


def test_the_lists_of_what_tfjs_has_are_its_own(runtime, tmp_path):
    """The registry of the installed TensorFlow.js, written by a module of custom layers."""
    from dataclasses import replace

    _, ready = prepared(nested(keras_of("keras 2")))
    written = tmp_path / "names.json"
    module = tmp_path / "names.mjs"
    module.write_text(
        "import fs from 'node:fs';\n"
        "export default (tf) => fs.writeFileSync("
        f"{json.dumps(str(written))}, JSON.stringify(Object.keys("
        "tf.serialization.SerializationMap.getMap().classNameMap)));\n"
    )
    artifact = CONVERTER.write(ready, Encoding("float32"), tmp_path / "model")
    runtime.execute(
        replace(artifact, custom_ops_module=module), {"x": np.ones((1, 4), "f4")}, latency_runs=0
    )
    names = set(json.loads(written.read_text()))
    assert names >= LAYERS
    snake = {"hardSigmoid": "hard_sigmoid", "logSoftmax": "log_softmax"}
    assert {snake.get(name, name) for name in names} >= ACTIVATIONS
