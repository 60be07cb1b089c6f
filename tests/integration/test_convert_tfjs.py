"""TF.js artifacts against those of the upstream converter, byte for byte."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import Encoding, Target
from sizewise.errors import ConversionError, UnsupportedOpError
from support import upstream
from support.graphs import (
    batch_norm,
    data_of,
    function_of,
    opened,
    opened_folder,
    random_constant,
    saved,
)

ENCODINGS = ("float32", "float16", "uint16", "uint8")
FLAGS = {
    "float32": [],
    "float16": ["--quantize_float16"],
    "uint16": ["--quantize_uint16"],
    "uint8": ["--quantize_uint8"],
}
CONVERTER = CONVERTERS[Target.TFJS]()


def prepared(model):
    return CONVERTER.prepare(freeze(model), data_of(x=(1,)))


def assert_same_artifact(artifact, folder):
    """Equal as JSON, topology node for node, and equal in every byte of every shard."""
    ours, theirs = (json.loads((f / "model.json").read_text()) for f in (artifact.folder, folder))
    for node in (*ours["modelTopology"]["node"], *theirs["modelTopology"]["node"]):
        # A mark that TensorFlow leaves on a loop's nodes in one run and not in the next.
        node.get("attr", {}).pop("_has_manual_control_dependencies", None)
    nodes = zip(ours["modelTopology"]["node"], theirs["modelTopology"]["node"], strict=True)
    assert [pair for pair in nodes if pair[0] != pair[1]] == []
    assert ours == theirs
    names = sorted(path.name for path in folder.iterdir())
    assert sorted(file.path for file in artifact.files) == names
    assert sorted(path.name for path in artifact.folder.iterdir()) == names
    for name in set(names) - {"model.json"}:
        assert (artifact.folder / name).read_bytes() == (folder / name).read_bytes()


@pytest.fixture(scope="module")
def kws_prepared(kws):
    return prepared(opened_folder(kws / "saved_model"))


@pytest.mark.parametrize("encoding", ENCODINGS[:-1])
def test_the_keyword_model_is_upstreams(kws, kws_prepared, encoding, tmp_path):
    artifact = CONVERTER.write(kws_prepared, Encoding(encoding), tmp_path / "ours")
    theirs = upstream.convert(kws / "saved_model", tmp_path / "theirs", *FLAGS[encoding])
    assert_same_artifact(artifact, theirs)
    assert artifact.files[0].path == "model.json"
    assert [spec.name for spec in artifact.signature.outputs] == ["dense"]


def test_the_keyword_model_is_the_command_lines(kws, kws_prepared, tmp_path):
    artifact = CONVERTER.write(kws_prepared, Encoding("uint8"), tmp_path / "ours")
    arguments = upstream.command(kws / "saved_model", tmp_path / "theirs", *FLAGS["uint8"])
    subprocess.run(
        [sys.executable, "-m", "tensorflowjs.converters.converter", *arguments],
        check=True,
        capture_output=True,
    )
    assert_same_artifact(artifact, tmp_path / "theirs")


def mixed_network(image, other):
    """Every pass has something to do: folds, additions made biases, fusions, PReLU."""
    import tensorflow as tf

    x = tf.nn.conv2d(image, random_constant(3, 3, 3, 4), 1, "SAME")
    x = tf.nn.relu6(batch_norm(tf.nn.bias_add(x, random_constant(4, seed=1)), 4, 2))
    x = tf.nn.depthwise_conv2d(x, random_constant(3, 3, 4, 2, seed=3), [1, 1, 1, 1], "SAME")
    x = tf.nn.relu(batch_norm(x, 8, 4))
    x = tf.nn.conv2d(x, random_constant(1, 1, 8, 4, seed=5), 1, "SAME") + random_constant(4, seed=6)
    x = tf.nn.relu(x) + random_constant(4, seed=7) * tf.nn.relu(-x)
    x = tf.reduce_mean(x + other, [1, 2])
    x = tf.matmul(x, random_constant(4, 5, seed=8)) + random_constant(5, seed=9)
    return {"probability": tf.nn.softmax(x), "logits": x, "mean": tf.reduce_mean(x, 1)}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    function = function_of(mixed_network, image=[None, 8, 8, 3], other=[None, 8, 8, 4])
    return saved(function, tmp_path_factory.mktemp("mixed") / "model")


@pytest.fixture(scope="module")
def mixed_prepared(mixed):
    return prepared(opened_folder(mixed))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_network_with_work_for_every_pass_is_upstreams(mixed, mixed_prepared, encoding, tmp_path):
    artifact = CONVERTER.write(mixed_prepared, Encoding(encoding), tmp_path / "ours")
    assert_same_artifact(artifact, upstream.convert(mixed, tmp_path / "theirs", *FLAGS[encoding]))
    # Upstream calls outputs of one shape by their nodes; the artifact keeps the model's names.
    assert [spec.name for spec in artifact.signature.outputs] == ["logits", "mean", "probability"]
    assert [spec.name for spec in artifact.signature.inputs] == ["image", "other"]


def test_a_loop_that_upstream_gets_right_is_upstreams(tmp_path):
    import tf_keras

    model = tf_keras.Sequential([tf_keras.layers.Input((6, 3)), tf_keras.layers.GRU(5)])
    source = saved(function_of(lambda x: {"y": model(x)}, x=[None, 6, 3]), tmp_path / "source")
    artifact = CONVERTER.write(
        prepared(opened_folder(source)), Encoding("uint8"), tmp_path / "ours"
    )
    assert_same_artifact(artifact, upstream.convert(source, tmp_path / "theirs", *FLAGS["uint8"]))


def test_patterns_do_what_upstreams_do(mixed, mixed_prepared, tmp_path):
    kernels = ("*Conv2D_weights", "*depthwise_weights")
    encoding = Encoding("mixed", {"uint8": kernels, "float16": ("*",)})
    artifact = CONVERTER.write(mixed_prepared, encoding, tmp_path / "ours")
    flags = [f"--quantize_uint8={','.join(kernels)}", "--quantize_float16"]
    assert_same_artifact(artifact, upstream.convert(mixed, tmp_path / "theirs", *flags))


def test_conversion_is_repeatable_and_leaves_the_graph_alone(mixed, tmp_path):
    graph = freeze(opened_folder(mixed))
    before = graph.graph_def.SerializeToString(deterministic=True)
    artifacts = [
        CONVERTER.write(CONVERTER.prepare(graph, data_of(x=(1,))), Encoding("uint8"), tmp_path / n)
        for n in "ab"
    ]
    assert artifacts[0].sha256 == artifacts[1].sha256
    assert artifacts[0].files == artifacts[1].files
    assert graph.graph_def.SerializeToString(deterministic=True) == before


def test_one_preparation_serves_every_encoding_in_any_order(mixed_prepared, tmp_path):
    first = CONVERTER.write(mixed_prepared, Encoding("float32"), tmp_path / "first")
    CONVERTER.write(mixed_prepared, Encoding("uint8"), tmp_path / "between")
    again = CONVERTER.write(mixed_prepared, Encoding("float32"), tmp_path / "again")
    assert again.files == first.files


def test_types_that_tfjs_lacks_are_narrowed_without_a_word(tmp_path, capfd):
    import tensorflow as tf

    function = function_of(
        lambda x: {"y": tf.cast(x, tf.float64) * tf.constant([1.5, 2.5], tf.float64)}, x=[None, 2]
    )
    source = saved(function, tmp_path / "source")
    theirs = upstream.convert(source, tmp_path / "theirs")
    assert "was auto converted" in capfd.readouterr().out
    artifact = CONVERTER.write(
        prepared(opened_folder(source)), Encoding("float32"), tmp_path / "ours"
    )
    assert capfd.readouterr().out == ""
    assert_same_artifact(artifact, theirs)


def test_an_op_that_tfjs_lacks_is_named_with_its_nodes():
    import tensorflow as tf

    function = function_of(
        lambda x: {"y": tf.math.digamma(x, name="first") + tf.math.digamma(x + 1.0, name="second")},
        x=[None, 2],
    )
    with pytest.raises(UnsupportedOpError, match=r"TF.js has no op Digamma \(first, second\)"):
        prepared(opened(function))


def test_a_weight_that_is_not_finite_is_named_and_nothing_is_written(tmp_path):
    import tensorflow as tf

    function = function_of(
        lambda x: {"y": x * tf.constant([1.0, np.nan], name="broken")}, x=[None, 2]
    )
    ready = prepared(opened(function))
    with pytest.raises(ConversionError, match="weight 'broken' holds NaN"):
        CONVERTER.write(ready, Encoding("uint8"), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []
    CONVERTER.write(ready, Encoding("float32"), tmp_path / "model")


def test_a_type_that_cannot_be_stored_is_an_error_without_output(tmp_path):
    import tensorflow as tf

    function = function_of(
        lambda x: {"y": tf.gather(tf.constant([1, 2**31], tf.int64, name="table"), x)},
        x=([None], "int32"),
    )
    with pytest.raises(ConversionError, match=r"constant 'table' holds int64 values beyond"):
        CONVERTER.write(prepared(opened(function)), Encoding("uint8"), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []
