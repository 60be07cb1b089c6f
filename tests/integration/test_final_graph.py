"""Kernels of the final graph are those of the artifacts, to the last bit."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, final_graph, freeze, graph_function
from sizewise.domain import Data, Encoding, Samples, Target, weight_names
from sizewise.measure import read_weights
from sizewise.models import open_object
from sizewise.tflite_file import parse_tflite
from support import made, sources
from support.graphs import (
    batch_norm,
    function_of,
    opened,
    opened_folder,
    random_constant,
)

CLUSTERS = 16
FLOAT32 = Encoding("float32")


def convolutions(keras):
    """Batch norms behind every kind of kernel, and two that share a convolution."""
    layers, norm = keras.layers, keras.layers.BatchNormalization
    keras.utils.set_random_seed(3)
    image = layers.Input((12, 12, 3), name="image")
    x = layers.ReLU()(norm()(layers.Conv2D(8, 3)(image)))
    x = layers.ReLU(6.0)(norm()(layers.DepthwiseConv2D(3)(x)))
    shared = layers.Conv2D(8, 1, use_bias=False)(x)
    x = layers.Add()([layers.ReLU()(norm()(shared)), norm(scale=False)(shared)])
    x = layers.ReLU()(norm()(layers.SeparableConv2D(8, 3)(x)))
    x = layers.ReLU()(norm()(layers.Conv2DTranspose(6, 3, use_bias=False)(x)))
    x = layers.ReLU()(norm()(layers.Conv1D(9, 3)(layers.Reshape((-1, 6))(x))))
    x = layers.ReLU()(norm()(layers.Dense(12)(x)))
    x = norm()(layers.Dense(10, use_bias=False)(layers.GlobalAveragePooling1D()(x)))
    model = keras.Model(image, layers.Softmax(name="scores")(x))
    rng = np.random.default_rng(3)
    for layer in model.layers:
        if isinstance(layer, norm):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    return made.Made(model, {"image": made.normal(4, 12, 12, 3)}, {})


def of_keras(build, keras):
    def make():
        subject = build(importlib.import_module(keras))
        return freeze(open_object(subject.thing)), subject.inputs

    return make


MODELS = {
    "convolutions": of_keras(convolutions, "tf_keras"),
    "convolutions of Keras 3": of_keras(convolutions, "keras"),
    "MobileNetV2": of_keras(lambda keras: made.application(keras, "MobileNetV2"), "tf_keras"),
    "GRU": of_keras(lambda keras: made.recurrent(keras, "GRU"), "tf_keras"),
    "attention of Keras 3": of_keras(made.attention, "keras"),
    "mixed precision": of_keras(made.mixed_precision, "tf_keras"),
}

ROUNDING = {"MobileNetV2": 1e-4}
"""What 52 folded batch norms of random scales amount to, where 1e-5 does not do."""


@pytest.fixture(scope="module", params=[*MODELS, "kws"])
def case(request):
    """A model's name, its frozen and its final graph, and inputs."""
    if request.param == "kws":
        kws = request.getfixturevalue("kws")
        with np.load(kws / "kws01.npz") as data:
            inputs = {"input_1": data["x"][:8]}
        graph = freeze(opened_folder(kws / "saved_model"))
    else:
        graph, inputs = MODELS[request.param]()
    return request.param, graph, final_graph(graph), inputs


def run(graph, inputs):
    import tensorflow as tf

    tensors = [tf.constant(inputs[spec.name]) for spec in graph.signature.inputs]
    return {name: np.asarray(value) for name, value in graph_function(graph)(*tensors).items()}


def converted(graph, inputs, target, folder):
    samples = Samples(inputs)
    converter = CONVERTERS[target]()
    return converter.write(
        converter.prepare(graph, Data(samples, samples)), FLOAT32, folder / str(target)
    )


def clustered(graph):
    """``graph`` with a few values in each kernel, and those values kernel by kernel."""
    import tensorflow as tf

    copy = type(graph.graph_def)()
    copy.CopyFrom(graph.graph_def)
    names, values = weight_names(copy.node), []
    for node in copy.node:
        if node.op != "Const" or node.name not in names:
            continue
        kernel = tf.make_ndarray(node.attr["value"].tensor)
        if kernel.dtype.kind == "f" and kernel.ndim >= 2 and kernel.size > CLUSTERS:
            levels = np.unique(
                np.quantile(kernel, np.linspace(0, 1, CLUSTERS)).astype(kernel.dtype)
            )
            nearest = np.abs(kernel[..., None] - levels).argmin(-1)
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(levels[nearest]))
            values.append(levels[np.unique(nearest)])
    return graph.with_graph_def(copy), values


def constants_in(artifact):
    """The sorted distinct values of each float constant, from the artifact's own bytes."""
    read = _tflite_constants if artifact.target is Target.TFLITE else _tfjs_constants
    return [np.unique(values) for values in read(artifact)]


def _tfjs_constants(artifact):
    (group,) = json.loads(artifact.entry.read_text())["weightsManifest"]
    content = b"".join((artifact.folder / path).read_bytes() for path in group["paths"])
    for entry in group["weights"]:
        size = int(np.prod(entry["shape"])) * np.dtype(entry["dtype"]).itemsize
        if entry["dtype"] == "float32":
            yield np.frombuffer(content[:size], "float32")
        content = content[size:]


def _tflite_constants(artifact):
    model = parse_tflite(artifact.entry.read_bytes(), artifact.entry)
    for graph in model.graphs:
        for tensor in graph.tensors:
            if tensor.type == "FLOAT32":
                yield model.buffers[tensor.buffer].view("float32")


def test_it_computes_what_the_frozen_graph_computes(case):
    name, graph, final, inputs = case
    assert final.signature == graph.signature
    assert final.keras_model is None
    expected, found = run(graph, inputs), run(final, inputs)
    for output, values in expected.items():
        room = ROUNDING.get(name, 1e-5) * np.abs(values).max()
        np.testing.assert_allclose(found[output], values, rtol=0, atol=room)


@pytest.mark.parametrize("target", [Target.TFJS, Target.TFLITE])
def test_few_values_stay_few_in_the_artifact(case, target, tmp_path):
    _, _, final, inputs = case
    changed, wanted = clustered(final)
    artifact = converted(changed, inputs, target, tmp_path)
    assert read_weights(artifact).distinct_values <= CLUSTERS
    found = {values.tobytes() for values in constants_in(artifact)}
    assert wanted
    for values in wanted:
        assert values.astype(np.float32).tobytes() in found


def test_the_tfjs_artifact_is_as_small_as_that_of_the_frozen_graph(case, tmp_path):
    _, graph, final, inputs = case
    plain, small = (
        sum(file.size_bytes for file in converted(one, inputs, Target.TFJS, tmp_path / name).files)
        for name, one in (("frozen", graph), ("final", final))
    )
    assert small <= plain


def test_clusters_of_the_frozen_graph_are_lost(tmp_path):
    graph, inputs = MODELS["convolutions"]()
    artifact = converted(clustered(graph)[0], inputs, Target.TFLITE, tmp_path)
    assert read_weights(artifact).distinct_values > CLUSTERS


def test_what_something_else_reads_keeps_its_kernel():
    import tensorflow as tf

    def call(x):
        between = tf.nn.conv2d(x, random_constant(1, 1, 3, 4), 1, "SAME")
        product = x[:, 0, 0] @ random_constant(3, 4, seed=1)
        return {
            "between": between,
            "normal": batch_norm(between, 4, seed=2),
            "product": product,
            "scaled": product * random_constant(4, seed=3),
        }

    graph = freeze(opened(function_of(call, x=[None, 2, 2, 3])))
    final, inputs = final_graph(graph), {"x": made.normal(5, 2, 2, 3)}
    for name, values in run(graph, inputs).items():
        np.testing.assert_allclose(run(final, inputs)[name], values, rtol=1e-5, atol=1e-6)


def test_a_kernel_with_two_readers_is_scaled_for_one_of_them():
    import tensorflow as tf

    kernel = random_constant(3, 3)

    def call(x):
        return {"one": (x @ kernel) * random_constant(3, seed=1), "other": tf.nn.relu(x) @ kernel}

    graph = freeze(opened(function_of(call, x=[None, 3])))
    final, inputs = final_graph(graph), {"x": made.normal(5, 3)}
    assert "Mul" not in {node.op for node in final.graph_def.node}
    for name, values in run(graph, inputs).items():
        np.testing.assert_allclose(run(final, inputs)[name], values, rtol=1e-5, atol=1e-6)


def test_a_factor_of_another_axis_stays():
    def call(x):
        rows = random_constant(5, 1, seed=1)
        return {"y": (x @ random_constant(3, 3)) * rows}

    graph = freeze(opened(function_of(call, x=[5, 3])))
    final, inputs = final_graph(graph), {"x": made.normal(5, 3)}
    assert "Mul" in {node.op for node in final.graph_def.node}
    np.testing.assert_allclose(run(final, inputs)["y"], run(graph, inputs)["y"], rtol=1e-5)


def test_a_batch_norm_in_training_mode_stays_in_training_mode():
    import tensorflow as tf

    def call(x):
        images = tf.nn.conv2d(x, random_constant(1, 1, 3, 4), 1, "SAME")
        return {"y": batch_norm(images, 4, seed=2, is_training=True)}

    graph = freeze(opened(function_of(call, x=[None, 2, 2, 3])))
    final, inputs = final_graph(graph), {"x": made.normal(5, 2, 2, 3)}
    np.testing.assert_allclose(run(final, inputs)["y"], run(graph, inputs)["y"], rtol=1e-5)


def test_tables_and_custom_ops_stay(tmp_path):
    sources.write_lookup(tmp_path / "source", "int64")
    graph = replace(freeze(opened_folder(tmp_path / "source")), custom_ops=frozenset(["Mine"]))
    final = final_graph(graph)
    assert final.initializer is graph.initializer is not None
    assert final.custom_ops == {"Mine"}
    words = {"word": np.array(["blue", "none"], dtype=object)}
    assert run(final, words)["number"].tolist() == [7, -1]
