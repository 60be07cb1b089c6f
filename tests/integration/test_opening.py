"""What people have, in memory and on disk, from source to a function that says the same."""

from __future__ import annotations

import base64
import importlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.support.made import (
    application,
    attention,
    conditional,
    fused_cnn,
    mixed_precision,
    normal,
    recurrent,
    subclassed,
    twins,
    while_loop,
    wide_constants,
)
from tests.support.sources import (
    NUMBERS,
    WORDS,
    saved_model,
    small_cnn,
    stored,
    two_headed,
    write_bare_tflite,
    write_frozen_graph,
    write_lookup,
    write_tagged,
    write_tfjs_graph,
    write_tfjs_layers,
    write_tflite,
    write_two_signatures,
)
from tests.support.web import serving

from sizewise.domain import Samples, SourceKind
from sizewise.errors import SourceError
from sizewise.models import (
    check_model,
    list_signatures,
    load_data,
    open_model,
    open_object,
    open_source,
    reference,
)
from sizewise.storage import sha256_of

BOTH = ["tf_keras", "keras"]


def kerases(*builders):
    """Each builder with each Keras."""
    return [
        pytest.param(lambda b=build, k=keras: b(importlib.import_module(k)), id=f"{name}-{keras}")
        for name, build in builders
        for keras in BOTH
    ]


MADE = [
    *kerases(
        ("lstm", lambda keras: recurrent(keras, "LSTM")),
        ("gru", lambda keras: recurrent(keras, "GRU")),
        ("lstm-of-4", lambda keras: recurrent(keras, "LSTM", batch=4)),
        ("attention", attention),
        ("mobilenet-v3", lambda keras: application(keras, "MobileNetV3Small")),
    ),
    pytest.param(
        lambda: application(importlib.import_module("keras"), "MobileNetV2"), id="mobilenet-v2"
    ),
    pytest.param(
        lambda: application(importlib.import_module("keras"), "EfficientNetB0"), id="efficientnet"
    ),
    pytest.param(while_loop, id="while"),
    pytest.param(conditional, id="cond"),
    pytest.param(wide_constants, id="wide"),
    pytest.param(twins, id="twins"),
    pytest.param(lambda: twins(batch=4), id="twins-of-4"),
    pytest.param(fused_cnn, id="fused"),
]


@pytest.mark.parametrize("make", MADE)
def test_a_model_in_memory_says_what_it_said(make):
    made = make()
    model = open_object(made.thing)
    assert model.owner is made.thing
    assert {spec.name for spec in model.signature.inputs} == set(made.inputs)
    outputs = reference(model, Samples(made.inputs))
    assert set(outputs) == set(made.expected)
    for name, expected in made.expected.items():
        assert np.std(expected) > 1e-3, "a constant output proves nothing"
        np.testing.assert_allclose(outputs[name], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("library", BOTH)
def test_mixed_precision_is_opened_in_float32_and_says_so(library):
    made = mixed_precision(importlib.import_module(library))
    model = open_object(made.thing)
    assert "mixed_float16" in model.notes[0]
    dtypes = {
        tensor.dtype.name for op in model.function.graph.get_operations() for tensor in op.outputs
    }
    assert "float16" not in dtypes
    outputs = reference(model, Samples(made.inputs))
    np.testing.assert_allclose(outputs["out"], made.expected["out"], atol=0.02)
    assert np.abs(made.expected["out"]).max() > 0.2


@pytest.mark.parametrize("library", BOTH)
def test_a_model_of_its_own_class(library):
    keras = importlib.import_module(library)
    model, x = subclassed(keras), normal(4, 5)
    with pytest.raises(SourceError) as caught:
        open_object(model)
    assert caught.value.advice == "call it once on a batch of samples, or pass input_signature"

    expected = model(x)
    opened = open_object(model)
    (spec,) = opened.signature.inputs
    assert (spec.dtype, spec.shape) == ("float32", (None, 5))
    outputs = reference(opened, Samples({spec.name: x}))
    assert set(outputs) == {"scores", "hidden"}
    np.testing.assert_allclose(outputs["scores"], np.asarray(expected["scores"]), atol=1e-6)


@pytest.mark.parametrize("library", BOTH)
def test_an_input_signature_builds_a_model_that_was_never_called(library):
    import tensorflow as tf

    model = subclassed(importlib.import_module(library))
    opened = open_object(model, input_signature=[tf.TensorSpec((2, 5), tf.float32, "x")])
    assert opened.signature.inputs[0].shape == (2, 5)
    x = normal(2, 5)
    outputs = reference(opened, Samples({"x": x}))
    np.testing.assert_allclose(outputs["hidden"], np.asarray(model(x)["hidden"]), atol=1e-6)


@pytest.mark.parametrize("library", BOTH)
def test_a_structure_of_inputs_of_a_model_of_its_own_class(library):
    keras = importlib.import_module(library)

    class Sum(keras.Model):
        def call(self, parts):
            return parts["one"] + 2 * parts["other"]

    model, parts = Sum(), {"one": normal(3, 2), "other": normal(3, 2, seed=1)}
    expected = np.asarray(model(parts))
    outputs = reference(open_object(model), Samples(parts))
    np.testing.assert_allclose(outputs["output_0"], expected, atol=1e-6)


def test_a_function_with_an_input_signature():
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((None, 2), tf.float32)])
    def double(x):
        return 2 * x, x + 1

    model = open_object(double, name="double")
    assert (model.name, model.signature.name) == ("double", "serving_default")
    outputs = reference(model, Samples({"x": np.ones((3, 2), np.float32)}))
    assert {name: values[0, 0] for name, values in outputs.items()} == {
        "output_0": 2,
        "output_1": 2,
    }


@pytest.mark.parametrize("by_name", [True, False])
@pytest.mark.parametrize("wrapped", [True, False])
def test_a_function_and_an_input_signature_beside_it(by_name, wrapped):
    import tensorflow as tf

    def minus(zeta, alpha):
        return {"difference": zeta - alpha}

    specs = {name: tf.TensorSpec((None, 2), tf.float32, name) for name in ("zeta", "alpha")}
    model = open_object(
        tf.function(minus) if wrapped else minus,
        input_signature=specs if by_name else list(specs.values()),
    )
    samples = Samples({"zeta": normal(3, 2), "alpha": normal(3, 2, seed=1)})
    outputs = reference(model, samples)
    np.testing.assert_array_equal(
        outputs["difference"], samples.inputs["zeta"] - samples.inputs["alpha"]
    )


def test_a_concrete_function_by_names_is_frozen_as_it_is():
    import tensorflow as tf

    @tf.function
    def double(**inputs):
        return {"y": 2 * inputs["x"]}

    function = double.get_concrete_function(x=tf.TensorSpec((None, 2), tf.float32, "x"))
    assert open_object(function).function is function


def test_a_concrete_function_of_positions_and_structures():
    import tensorflow as tf

    @tf.function
    def mixed(x, training, parts):
        return x * 2 if training else x, {"deep": [parts["a"], parts["b"] + 1]}

    spec = tf.TensorSpec((None, 2), tf.float32)
    model = open_object(mixed.get_concrete_function(spec, True, {"b": spec, "a": spec}))
    names = [spec.name for spec in model.signature.inputs]
    assert names == ["parts_a", "parts_b", "x"]
    ones = np.ones((3, 2), np.float32)
    outputs = reference(model, Samples({"x": ones, "parts_a": 5 * ones, "parts_b": 7 * ones}))
    assert {name: values[0, 0] for name, values in outputs.items()} == {
        "output_0": 2,
        "output_1_0": 5,
        "output_1_1": 8,
    }


def test_the_functions_of_a_module():
    import tensorflow as tf

    spec = tf.TensorSpec((None, 2), tf.float32, "x")

    class Module(tf.Module):
        @tf.function(input_signature=[spec])
        def twice(self, x):
            return 2 * x

        @tf.function
        def thrice(self, x):
            return 3 * x

        def plain(self, x):
            return 4 * x

    module, x = Module(), Samples({"x": np.ones((1, 2), np.float32)})

    def first(**options):
        return reference(open_object(module, **options), x)["output_0"][0, 0]

    assert first(signature="twice") == 2
    assert first(signature="thrice", input_signature=[spec]) == 3
    assert first(signature="plain", input_signature=[spec]) == 4
    with pytest.raises(SourceError, match="functions are thrice, twice; name one as signature"):
        open_object(module)
    with pytest.raises(SourceError, match="did you mean 'twice'"):
        open_object(module, signature="twise")
    with pytest.raises(SourceError, match="function thrice has no fixed input signature"):
        open_object(module, signature="thrice")


def test_a_loaded_saved_model_and_its_functions(tmp_path):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(write_two_signatures(tmp_path / "saved")))
    assert open_object(loaded, signature="main").function is loaded.signatures["main"]
    with pytest.raises(SourceError, match="several signatures"):
        open_object(loaded)
    assert open_object(loaded.fixed).signature.inputs[0].shape == (4, 3)


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (lambda x: x, "the function <lambda> has no fixed input signature; pass input_signature="),
        (3, "a int is no model; give a keras.Model, a tf.Module, a tf.function"),
        ("model.keras", "a str is no model"),
        (dict, "a type is no model"),
    ],
)
def test_what_is_no_model_or_says_not_what_it_takes(thing, message):
    with pytest.raises(SourceError) as caught:
        open_object(thing)
    assert str(caught.value).startswith(message)


def test_sparse_outputs_and_failing_functions_are_refused():
    import tensorflow as tf

    spec = [tf.TensorSpec((None, 2), tf.float32, "x")]
    with pytest.raises(SourceError, match="the output output_0 is a SparseTensor; a model takes"):
        open_object(tf.sparse.from_dense, input_signature=spec)
    with pytest.raises(SourceError, match="TensorFlow cannot trace the function"):
        open_object(lambda x: x @ tf.ones((7, 7)), input_signature=spec)


def test_text_goes_through_a_table(tmp_path):
    source = stored(SourceKind.SAVED_MODEL, write_lookup(tmp_path / "saved"))
    model = open_source(source)
    assert model.signature.inputs[0].dtype == "string"
    assert model.owner.signatures["serving_default"] is model.function
    outputs = reference(model, Samples({"word": WORDS}))
    assert outputs["number"].tolist() == NUMBERS


def test_text_is_data_like_any_other(tmp_path):
    folder = write_lookup(tmp_path / "saved")
    np.savez(tmp_path / "samples.npz", word=WORDS, y=np.array(NUMBERS))
    spec = saved_model(folder, data=tmp_path / "samples.npz")
    check_model(spec)
    model = open_model(spec)
    data = load_data(spec, model.signature)
    assert reference(model, data.judge)["number"].tolist() == NUMBERS


def test_tags_choose_a_graph(tmp_path):
    folder, x = write_tagged(tmp_path / "saved"), Samples({"x": np.ones((1, 2), np.float32)})
    for tags, factor in (((), 3), (("serve",), 3), (("gpu", "serve"), 4)):
        model = open_source(stored(SourceKind.SAVED_MODEL, folder, tags=tags))
        assert reference(model, x)["y"][0, 0] == factor
    with pytest.raises(SourceError) as caught:
        open_source(stored(SourceKind.SAVED_MODEL, folder, tags=("gpu",)))
    assert caught.value.advice == "write tags: [serve] or [serve, gpu]"


def test_what_a_signature_does_not_need_is_not_loaded(tmp_path):
    opened = open_model(saved_model(write_two_signatures(tmp_path / "two"), signature="main"))
    assert list(opened.owner.signatures) == ["main"]
    assert not hasattr(opened.owner, "fixed")


def test_a_saved_model_of_a_trained_network(tmp_path, caplog):
    """It has functions for each layer, a loss, metrics, and an optimizer with its moments."""
    import tf_keras

    network = tf_keras.Sequential([tf_keras.layers.Dense(3, "relu"), tf_keras.layers.Dense(1)])
    network.compile(tf_keras.optimizers.legacy.Adam(), "mse", metrics=["mae"])
    samples = normal(8, 4)
    network.fit(samples, samples[:, :1], verbose=0)
    network.save(tmp_path / "saved", save_format="tf")
    caplog.clear()
    opened = open_model(saved_model(tmp_path / "saved"))
    (output,) = opened.signature.outputs
    inputs = {opened.signature.inputs[0].name: samples}
    outputs = reference(opened, Samples(inputs))[output.name]
    np.testing.assert_allclose(outputs, network(samples), rtol=1e-6)
    assert not caplog.records


def test_all_signatures_are_listed(tmp_path):
    folder = write_two_signatures(tmp_path / "saved")
    assert list_signatures(stored(SourceKind.SAVED_MODEL, folder)) == ("fixed", "main", "total")
    assert list_signatures(stored(SourceKind.KERAS, "any.keras")) == ("serving_default",)


def test_a_frozen_graph(tmp_path):
    path, image = write_frozen_graph(tmp_path / "model.pb"), normal(3, 4, 4, 1)
    model = open_source(stored(SourceKind.FROZEN_GRAPH, path, outputs=("Softmax", "hidden:0")))
    assert [spec.name for spec in model.signature.inputs] == ["image"]
    outputs = reference(model, Samples({"image": image}))
    scores = outputs["hidden"].reshape(3, 8)
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(outputs["Softmax"], expected, rtol=1e-5)
    assert outputs["hidden"].std() > 0.1

    inner = open_source(
        stored(SourceKind.FROZEN_GRAPH, path, inputs=("hidden",), outputs=("Softmax",))
    )
    again = reference(inner, Samples({"hidden": outputs["hidden"]}))
    np.testing.assert_allclose(again["Softmax"], expected, rtol=1e-5)


@pytest.fixture(scope="module")
def web(tmp_path_factory):
    """A network with fused ops: the original, and its TF.js graph models by encoding."""
    import tensorflow as tf

    made, root = fused_cnn(), tmp_path_factory.mktemp("web")
    tf.saved_model.save(made.thing, str(root / "saved"), signatures=made.thing.__call__)
    encodings = {"float32": {}, "float16": {"float16": True}, "uint8": {"uint8": "*"}}
    return made, {
        name: write_tfjs_graph(root / name, root / "saved", quantization_dtype_map=encoding)
        for name, encoding in encodings.items()
    }


@pytest.mark.parametrize(
    ("encoding", "error"), [("float32", 1e-5), ("float16", 2e-3), ("uint8", 0.1)]
)
def test_a_tfjs_graph_model_runs_in_tensorflow(web, encoding, error):
    made, folders = web
    topology = json.loads((folders[encoding] / "model.json").read_text())["modelTopology"]
    ops = {node["op"] for node in topology["node"]}
    assert {"FusedDepthwiseConv2dNative", "_FusedConv2D", "_FusedMatMul"} <= ops
    model = open_source(stored(SourceKind.TFJS, folders[encoding]))
    outputs = reference(model, Samples(made.inputs))
    np.testing.assert_allclose(outputs["scores"], made.expected["scores"], atol=error * 10)
    noted = () if encoding == "float32" else (f"dequantized from {encoding} first",)
    assert model.notes == noted
    ops = {op.type for op in model.function.graph.get_operations()}
    assert not {op for op in ops if "Fused" in op or op == "Prelu"}


@pytest.mark.parametrize("make", [while_loop, conditional, wide_constants, twins])
def test_tfjs_graph_models_of_all_sorts(tmp_path, make):
    import tensorflow as tf

    made = make()
    tf.saved_model.save(made.thing, str(tmp_path / "saved"), signatures=made.thing.__call__)
    folder = write_tfjs_graph(
        tmp_path / "web", tmp_path / "saved", control_flow_v2=make is while_loop
    )
    outputs = reference(
        open_source(stored(SourceKind.TFJS, folder / "model.json")), Samples(made.inputs)
    )
    by_shape = sorted(outputs.values(), key=np.sum)
    expected = sorted(made.expected.values(), key=np.sum)
    for one, other in zip(by_shape, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("make", ["cnn", "lstm", "two-headed"])
def test_a_tfjs_layers_model(tmp_path, make):
    import tf_keras

    original = {
        "cnn": lambda: small_cnn(tf_keras),
        "lstm": lambda: recurrent(tf_keras, "LSTM").thing,
        "two-headed": lambda: two_headed(tf_keras, named=False),
    }[make]()
    folder = write_tfjs_layers(tmp_path / "web", original)
    model = open_source(stored(SourceKind.TFJS, folder))
    samples = Samples(
        {
            spec.name: normal(4, *spec.shape[1:], seed=index)
            for index, spec in enumerate(model.signature.inputs)
        }
    )
    expected = reference(open_object(original), samples)
    for name, values in reference(model, samples).items():
        np.testing.assert_allclose(values, expected[name], atol=1e-6)


def test_a_tfjs_graph_model_of_a_recurrent_network(tmp_path):
    import tf_keras

    made = recurrent(tf_keras, "LSTM")
    tf_keras.models.save_model(made.thing, str(tmp_path / "saved"), save_format="tf")
    folder = write_tfjs_graph(tmp_path / "web", tmp_path / "saved")
    (outputs,) = reference(
        open_source(stored(SourceKind.TFJS, folder)), Samples(made.inputs)
    ).values()
    np.testing.assert_allclose(outputs, made.expected["scores"], atol=1e-5)


def test_a_tfjs_graph_model_that_says_nothing_of_itself(web):
    made, folders = web
    document = json.loads((folders["float32"] / "model.json").read_text())
    bare = {key: document[key] for key in ("modelTopology", "weightsManifest")}
    path = folders["float32"] / "bare.json"
    path.write_text(json.dumps(bare))
    model = open_source(stored(SourceKind.TFJS, path))
    assert [spec.name for spec in model.signature.inputs] == ["image"]
    (outputs,) = reference(model, Samples(made.inputs)).values()
    np.testing.assert_allclose(outputs, made.expected["scores"], atol=1e-4)


X = normal(4, 3)
KERNEL, BIAS, SLOPES = normal(3, 2, seed=1), normal(2, seed=2), normal(2, seed=3) ** 2


def hand_made(folder, op, inputs, attributes, **constants):
    """A TF.js graph model of one op, whose first input is ``x``."""
    type_ = {"type": "DT_FLOAT"}
    shape = {"dim": [{"size": "-1"}, {"size": "3"}]}
    nodes = [
        {"name": "x", "op": "Placeholder", "attr": {"dtype": type_, "shape": {"shape": shape}}},
        *({"name": name, "op": "Const", "attr": {"dtype": type_}} for name in constants),
        {"name": "y", "op": op, "input": inputs, "attr": {"T": type_} | attributes},
    ]
    weights = [
        {"name": name, "shape": list(array.shape), "dtype": "float32"}
        for name, array in constants.items()
    ]
    folder.joinpath("all").write_bytes(b"".join(array.tobytes() for array in constants.values()))
    manifest = [{"paths": ["all"], "weights": weights}]
    folder.joinpath("model.json").write_text(
        json.dumps({"modelTopology": {"node": nodes}, "weightsManifest": manifest})
    )
    return open_source(stored(SourceKind.TFJS, folder))


@pytest.mark.parametrize(
    ("activation", "formula"),
    [
        ("Relu", lambda v: np.maximum(v, 0)),
        ("Relu6", lambda v: np.clip(v, 0, 6)),
        ("Elu", lambda v: np.where(v > 0, v, np.expm1(v))),
        ("Sigmoid", lambda v: 1 / (1 + np.exp(-v))),
        ("Tanh", np.tanh),
        ("LeakyRelu", lambda v: np.where(v > 0, v, 0.3 * v)),
        ("Prelu", lambda v: np.where(v > 0, v, SLOPES * v)),
    ],
)
def test_fused_activations(tmp_path, activation, formula):
    slopes = {"slopes": SLOPES} if activation == "Prelu" else {}
    fused = [base64.b64encode(name.encode()).decode() for name in ("BiasAdd", activation)]
    attributes = {"fused_ops": {"list": {"s": fused}}, "leakyrelu_alpha": {"f": 0.3}}
    constants = {"kernel": KERNEL, "bias": BIAS, **slopes}
    model = hand_made(tmp_path, "_FusedMatMul", ["x", *constants], attributes, **constants)
    outputs = reference(model, Samples({"x": X}))
    np.testing.assert_allclose(outputs["y"], formula(X @ KERNEL + BIAS), atol=1e-6)


def test_a_prelu_by_itself(tmp_path):
    slopes = normal(3, seed=5)
    model = hand_made(tmp_path, "Prelu", ["x", "slopes"], {}, slopes=slopes)
    outputs = reference(model, Samples({"x": X}))
    np.testing.assert_allclose(outputs["y"], np.where(X > 0, X, slopes * X), atol=1e-6)


def test_a_tfjs_layers_model_that_tfjs_wrote(tmp_path):
    import tf_keras

    original = small_cnn(tf_keras)
    folder = write_tfjs_layers(tmp_path / "web", original)
    document = json.loads((folder / "model.json").read_text())
    config = document["modelTopology"]["model_config"]
    document["modelTopology"] = {**config, "keras_version": "tfjs-layers 4.22.0"}
    del document["format"]
    (folder / "model.json").write_text(json.dumps(document))
    samples = Samples({"image": normal(3, 8, 8, 2)})
    outputs = reference(open_source(stored(SourceKind.TFJS, folder)), samples)
    expected = reference(open_object(original), samples)
    np.testing.assert_allclose(outputs["scores"], expected["scores"], atol=1e-6)


def test_a_quantized_tfjs_layers_model_is_noted(tmp_path):
    import tf_keras

    folder = write_tfjs_layers(
        tmp_path / "web", small_cnn(tf_keras), quantization_dtype_map={"uint8": "*kernel*"}
    )
    assert open_source(stored(SourceKind.TFJS, folder)).notes == ("dequantized from uint8 first",)


@pytest.mark.parametrize("rows", [None, 4])
def test_a_tflite_file_is_run_as_it_is(tmp_path, rows):
    import tensorflow as tf

    made = twins(batch=rows)
    tf.saved_model.save(made.thing, str(tmp_path / "saved"), signatures=made.thing.__call__)
    path = write_tflite(tmp_path / "model.tflite", tmp_path / "saved")
    source = stored(SourceKind.TFLITE, path)
    model = open_source(source)
    assert (model.file, model.function, model.owner) == (path, None, None)
    assert list_signatures(source) == ("serving_default",)
    assert [spec.name for spec in model.signature.inputs] == ["alpha", "zeta"]
    assert model.signature.inputs[0].shape == (rows, 3)
    tripled = {name: np.concatenate([array] * 3)[:-1] for name, array in made.inputs.items()}
    outputs = reference(model, Samples(tripled))
    for name, expected in made.expected.items():
        np.testing.assert_allclose(outputs[name], np.concatenate([expected] * 3)[:-1], atol=1e-5)


def test_a_tflite_file_without_signatures(tmp_path):
    made = while_loop()
    path = write_bare_tflite(tmp_path / "model.tflite", open_object(made.thing).function)
    model = open_source(stored(SourceKind.TFLITE, path))
    (inputs,), (outputs,) = model.signature.inputs, model.signature.outputs
    assert (inputs.name, outputs.name) == ("x", "Identity")
    values = reference(model, Samples(made.inputs))["Identity"]
    np.testing.assert_allclose(values, made.expected["state"], atol=1e-5)


CODE = """\
import tensorflow as tf

def module():
    class Module(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((None, 2), tf.float32, "x")])
        def __call__(self, x):
            return {"y": 3 * x}
    return Module()

def failing():
    raise ZeroDivisionError("division by zero")

number = 3
"""


def test_code_beside_the_suite_is_run(tmp_path):
    (tmp_path / "made_here.py").write_text(CODE)
    source = stored(SourceKind.CODE, "made_here:module", folder=tmp_path)
    model = open_source(source)
    outputs = reference(model, Samples({"x": np.ones((2, 2), np.float32)}))
    assert outputs["y"].tolist() == [[3, 3], [3, 3]]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("made_there:modul", "the module made_there has no 'modul'; did you mean 'module'?"),
        ("no_such_module:make", "there is no Python module 'no_such_module'; put it beside"),
        ("made_there:failing", "calling made_there:failing raised ZeroDivisionError: division by"),
        ("made_there:number", "made_there:number is a int and no function; name a function"),
        ("made_wrong:make", "importing made_wrong raised SyntaxError: "),
        (
            "made_poor:make",
            "importing made_poor raised ModuleNotFoundError: No module named 'gone'",
        ),
    ],
)
def test_code_that_cannot_be_run(tmp_path, location, message):
    (tmp_path / "made_there.py").write_text(CODE)
    (tmp_path / "made_wrong.py").write_text("def make(:\n")
    (tmp_path / "made_poor.py").write_text("import gone\n")
    with pytest.raises(SourceError) as caught:
        open_source(stored(SourceKind.CODE, location, folder=tmp_path))
    assert str(caught.value).startswith(f"suite.yaml:4: {message}")


def test_a_saved_model_in_an_archive_behind_a_url(tmp_path, monkeypatch):
    monkeypatch.setenv("SIZEWISE_CACHE", str(tmp_path / "cache"))
    write_two_signatures(tmp_path / "packed" / "net")
    archive = Path(shutil.make_archive(str(tmp_path / "net"), "gztar", tmp_path / "packed"))
    with serving() as site:
        url = site.url(archive.name, archive.read_bytes())
        source = stored(SourceKind.URL, url, sha256=sha256_of(archive))
        assert list_signatures(source) == ("fixed", "main", "total")
    model = open_source(source, signature="fixed")
    outputs = reference(model, Samples({"x": np.ones((4, 3), np.float32)}))
    assert outputs["output_0"].tolist() == [[6, 9]] * 4
