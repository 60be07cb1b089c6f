"""TFLite files in LiteRT against the TensorFlow function that they come from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import Data, Encoding, Samples, Target
from sizewise.errors import ConversionError, UnsupportedOpError
from support.graphs import (
    batch_norm,
    data_of,
    function_of,
    opened,
    opened_folder,
    random_constant,
)

ENCODINGS = ("float32", "float16", "dynamic_int8", "int8")
CONVERTER = CONVERTERS[Target.TFLITE]()


def outputs_of(artifact, inputs):
    """What LiteRT computes, by the names of the artifact's signature."""
    from ai_edge_litert.interpreter import Interpreter

    run = Interpreter(model_path=str(artifact.entry)).get_signature_runner("serving_default")
    return run(**inputs)


def expected(function, inputs):
    import tensorflow as tf

    results = function(**{name: tf.constant(values) for name, values in inputs.items()})
    return {name: values.numpy() for name, values in results.items()}


@pytest.fixture(scope="module")
def kws_samples(kws):
    with np.load(kws / "kws01.npz", allow_pickle=False) as file:
        return file["x"][:128].astype("f4")


@pytest.fixture(scope="module")
def kws_model(kws):
    return opened_folder(kws / "saved_model")


@pytest.fixture(scope="module")
def kws_prepared(kws_model, kws_samples):
    samples = Samples({"input_1": kws_samples})
    return CONVERTER.prepare(freeze(kws_model), Data(samples, samples, shared=True))


BOUNDS = {
    "float32": (1e-5, 1.0),
    "float16": (0.02, 0.99),
    "dynamic_int8": (0.5, 0.95),
    "int8": (0.6, 0.95),
}
"""Largest difference of a probability, and least agreement of the top class."""


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_keyword_model_computes_the_same(
    kws_model, kws_prepared, kws_samples, encoding, tmp_path
):
    largest, agreement = BOUNDS[encoding]
    artifact = CONVERTER.write(kws_prepared, Encoding(encoding), tmp_path / "model")
    inputs = {"input_1": kws_samples[:64]}
    ours = outputs_of(artifact, inputs)["dense"]
    theirs = expected(kws_model.function, inputs)["dense"]
    assert np.abs(ours - theirs).max() <= largest
    assert np.mean(ours.argmax(1) == theirs.argmax(1)) >= agreement
    assert [file.path for file in artifact.files] == ["model.tflite"]
    assert [path.name for path in artifact.folder.iterdir()] == ["model.tflite"]


def test_smaller_encodings_are_smaller(kws_prepared, tmp_path):
    sizes = {
        name: CONVERTER.write(kws_prepared, Encoding(name), tmp_path / name).files[0].size_bytes
        for name in ENCODINGS
    }
    assert sizes["float16"] < 0.6 * sizes["float32"]
    assert max(sizes["dynamic_int8"], sizes["int8"]) < 0.5 * sizes["float32"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_converting_twice_gives_the_same_bytes(kws_prepared, encoding, tmp_path):
    one, two = (
        CONVERTER.write(kws_prepared, Encoding(encoding), tmp_path / folder) for folder in "ab"
    )
    assert one.sha256 == two.sha256


def same_shapes(left, right):
    """Outputs of one shape that only their names tell apart; one is an input, one a constant."""
    import tensorflow as tf

    return {
        "sum": left + right,
        "difference": left - 2.0 * right,
        "again": left,
        "a constant": tf.constant([[1.0, 2.0, 3.0]]),
    }


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_names_are_kept_where_shapes_are_equal(encoding, tmp_path):
    model = opened(function_of(same_shapes, left=[None, 3], right=[None, 3]))
    data = data_of(left=(3,), right=(3,))
    ready = CONVERTER.prepare(freeze(model), data)
    artifact = CONVERTER.write(ready, Encoding(encoding), tmp_path / "model")
    assert [spec.name for spec in artifact.signature.inputs] == ["left", "right"]
    assert [spec.dtype for spec in artifact.signature.inputs] == ["float32"] * 2
    names = [spec.name for spec in artifact.signature.outputs]
    assert names == ["a constant", "again", "difference", "sum"]
    inputs = {name: values[:1] for name, values in data.judge.inputs.items()}
    ours, theirs = outputs_of(artifact, inputs), expected(model.function, inputs)
    for name in names:
        np.testing.assert_allclose(
            ours[name], theirs[name], atol=1e-5 if encoding == "float32" else 0.2
        )


def small_network(x):
    import tensorflow as tf

    x = tf.nn.conv2d(x, random_constant(3, 3, 2, 4), 1, "SAME")
    x = tf.nn.relu(batch_norm(x, 4, 1))
    return {"y": tf.reduce_mean(x, [1, 2])}


def test_int8_has_integer_kernels_and_float_ends(tmp_path):
    from ai_edge_litert.interpreter import Interpreter

    model = opened(function_of(small_network, x=[None, 8, 8, 2]))
    ready = CONVERTER.prepare(freeze(model), data_of(x=(8, 8, 2)))
    artifact = CONVERTER.write(ready, Encoding("int8"), tmp_path / "model")
    details = Interpreter(model_path=str(artifact.entry)).get_tensor_details()
    assert any(detail["shape"].tolist() == [4, 3, 3, 2] and detail["dtype"] == np.int8
               for detail in details)  # fmt: skip
    (spec,) = artifact.signature.inputs
    assert (spec.dtype, spec.shape) == ("float32", (None, 8, 8, 2))


def test_a_fixed_batch_is_calibrated_in_whole_batches(tmp_path):
    model = opened(function_of(small_network, x=[4, 8, 8, 2]))
    ready = CONVERTER.prepare(freeze(model), data_of(x=(8, 8, 2), count=10))
    artifact = CONVERTER.write(ready, Encoding("int8"), tmp_path / "model")
    assert artifact.signature.inputs[0].shape == (4, 8, 8, 2)


def test_too_few_samples_for_a_fixed_batch_are_an_error(tmp_path):
    model = opened(function_of(small_network, x=[4, 8, 8, 2]))
    ready = CONVERTER.prepare(freeze(model), data_of(x=(8, 8, 2), count=3))
    with pytest.raises(ConversionError, match="batches of 4 samples, and there are 3"):
        CONVERTER.write(ready, Encoding("int8"), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_an_input_that_nothing_reads_stays_in_the_signature(tmp_path):
    model = opened(function_of(lambda x, unread: {"y": 2.0 * x}, x=[None, 2], unread=[None, 2]))
    ready = CONVERTER.prepare(freeze(model), data_of(x=(2,), unread=(2,)))
    artifact = CONVERTER.write(ready, Encoding("float32"), tmp_path / "model")
    assert [spec.name for spec in artifact.signature.inputs] == ["unread", "x"]


def test_an_op_that_tflite_lacks_is_named(tmp_path):
    import tensorflow as tf

    model = opened(function_of(lambda x: {"y": tf.math.digamma(x)}, x=[None, 2]))
    ready = CONVERTER.prepare(freeze(model), data_of(x=(2,)))
    with pytest.raises(UnsupportedOpError, match=r"no kernel for Digamma; .*tf\.Digamma\(tensor"):
        CONVERTER.write(ready, Encoding("float32"), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_the_file_cannot_carry_is_refused():
    graph = freeze(opened(function_of(lambda x: {"y": 2.0 * x}, x=[None, 2])))
    (spec,) = graph.signature.inputs
    named = replace(graph.signature, inputs=(replace(spec, name="x:0"),))
    with pytest.raises(ConversionError, match="cannot carry the input name 'x:0'"):
        CONVERTER.prepare(replace(graph, signature=named), data_of(x=(2,)))


def test_an_unknown_encoding_is_refused_with_the_nearest(kws_prepared, tmp_path):
    with pytest.raises(ConversionError, match="did you mean 'float32'"):
        CONVERTER.write(kws_prepared, Encoding("float31"), tmp_path / "model")
