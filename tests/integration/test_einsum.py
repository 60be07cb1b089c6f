"""Einsum, of which attention is made, in TensorFlow.js on WASM, which has no kernel for it."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze, graph_function
from sizewise.convert.tfjs.einsum import write_out_einsums
from sizewise.domain import Artifact, ArtifactFile, Data, Encoding, Graph, Samples, Target
from sizewise.errors import UnsupportedOpError
from sizewise.measure import read_weights
from sizewise.models import open_object
from sizewise.runtimes import RUNTIMES
from support import upstream
from support.graphs import function_of, opened, random_constant, saved
from support.made import normal

SIZES = {"a": 3, "b": 4, "c": 2, "d": 5, "e": 6, "f": 2}
NO_DATA = Data(Samples({}), Samples({}))
CONVERTER = CONVERTERS[Target.TFJS]()


@pytest.fixture(scope="module")
def wasm():
    runtime = RUNTIMES["node-wasm"]()
    yield runtime
    runtime.close()


def ops(graph_def):
    return {node.op for node in graph_def.node}


def both(equation, known, dtype="float32"):
    """The graph of an Einsum, with the sizes of the axes in ``known``, and the pass's."""
    import tensorflow as tf

    first, second = equation.partition("->")[0].split(",")
    shapes = ([SIZES[axis] if axis in known else None for axis in axes] for axes in (first, second))
    specs = {name: (shape, dtype) for name, shape in zip("xy", shapes, strict=True)}
    graph = freeze(opened(function_of(lambda x, y: {"z": tf.einsum(equation, x, y)}, **specs)))
    return graph, write_out_einsums(graph.graph_def)


EQUATIONS = [
    "abc,cde->abde",
    "abcd,cde->abe",
    "aecd,abcd->acbe",
    "acbe,aecd->abcd",
    "ba,cb->ac",
    "ab,ab->a",
    "ab,ab->",
    "a,b->ba",
    "ab,ab->ba",
]


@pytest.mark.parametrize("known", ["abcde", "bcde", "cde", "cd", "ab"])
@pytest.mark.parametrize("equation", EQUATIONS)
def test_what_it_computes_stays(equation, known):
    import tensorflow as tf

    graph, written_out = both(equation, known)
    assert "Einsum" not in ops(written_out)
    operands = equation.partition("->")[0].split(",")
    x, y = (
        normal(*(SIZES[axis] for axis in axes), seed=seed) for seed, axes in enumerate(operands)
    )
    function = graph_function(Graph(written_out, graph.signature, ""))
    found = function(tf.constant(x), tf.constant(y))["z"]
    np.testing.assert_allclose(found, np.einsum(equation, x, y), atol=1e-5)


def test_what_is_not_known_well_enough_is_left_alone():
    graph, written_out = both("abcd,cde->abe", "e")
    assert written_out == graph.graph_def


@pytest.mark.parametrize("dtype", ["int32", "float64", "complex64"])
def test_other_types_are_left_alone(dtype):
    graph, written_out = both("ab,bc->ac", "abc", dtype)
    assert written_out == graph.graph_def


def attention(keras, length):
    layers = keras.layers
    keras.utils.set_random_seed(0)
    x = keras.Input((length, 8), name="x")
    normed = layers.LayerNormalization()(x)
    mixed = layers.Add()([x, layers.MultiHeadAttention(2, 4)(normed, normed)])
    pooled = layers.GlobalAveragePooling1D()(mixed)
    return keras.Model(x, layers.Dense(3, activation="relu", name="y")(pooled))


@pytest.fixture(params=["keras 2", "keras 3"])
def keras(request):
    import keras
    import tf_keras

    return {"keras 2": tf_keras, "keras 3": keras}[request.param]


@pytest.mark.parametrize("length", [6, None], ids=["fixed length", "any length"])
def test_attention_runs_with_its_weights_as_they_were(keras, length, wasm, tmp_path):
    import tensorflow as tf

    model = open_object(attention(keras, length))
    graph = freeze(model)
    ready = CONVERTER.prepare(graph, NO_DATA)
    artifact = CONVERTER.write(ready, Encoding("float32"), tmp_path / "web")
    x = normal(5, 6, 8)
    expected = model.function(x=tf.constant(x))["y"]
    found = wasm.execute(artifact, {"x": x}, latency_runs=0).outputs["y"]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    kernels = [tensor.shape for tensor in read_weights(artifact).tensors if tensor.is_kernel]
    # Queries, keys, values and what puts the heads together; and the dense layer.
    assert sorted(map(math.prod, kernels)) == [24, 64, 64, 64, 64]


def test_upstream_writes_what_wasm_cannot_run(wasm, tmp_path):
    import tensorflow as tf

    def call(x):
        hidden = tf.einsum("abc,cde->abde", x, random_constant(4, 2, 3))
        return {"y": tf.einsum("abde,dec->abc", tf.nn.relu(hidden), random_constant(2, 3, 5))}

    function = function_of(call, x=[None, 6, 4])
    model = opened(function)
    theirs = upstream.convert(saved(function, tmp_path / "model"), tmp_path / "theirs")
    files = (ArtifactFile("model.json", 0, ""),)
    inputs = {"x": normal(3, 6, 4)}
    with pytest.raises(UnsupportedOpError, match="Einsum"):
        wasm.execute(Artifact(Target.TFJS, "float32", theirs, files, "", model.signature), inputs)
    ready = CONVERTER.prepare(freeze(model), NO_DATA)
    ours = CONVERTER.write(ready, Encoding("float32"), tmp_path / "ours")
    found = wasm.execute(ours, inputs, latency_runs=0).outputs["y"]
    np.testing.assert_allclose(found, function(x=tf.constant(inputs["x"]))["y"], atol=1e-5)
    assert stored_weights(tmp_path / "ours") >= stored_weights(theirs)


def stored_weights(folder):
    """The shape and the bytes of each weight of a TensorFlow.js model in float32."""
    (group,) = json.loads((folder / "model.json").read_text())["weightsManifest"]
    content = b"".join((folder / path).read_bytes() for path in group["paths"])
    found = set()
    for entry in group["weights"]:
        size = 4 * math.prod(entry["shape"])
        found.add((tuple(entry["shape"]), content[:size]))
        content = content[size:]
    return found
