"""Sources that cannot be opened: what each message says, and that nothing else is raised."""

from __future__ import annotations

import contextlib
import json
import shutil

import numpy as np
import pytest
from tests.support.made import fused_cnn
from tests.support.sources import (
    small_cnn,
    stored,
    write_frozen_graph,
    write_lookup,
    write_tfjs_graph,
    write_tfjs_layers,
    write_tflite,
    write_unfrozen_graph,
)

from sizewise.domain import SourceKind
from sizewise.errors import SourceError
from sizewise.models import open_source


def refused(kind, location, **details):
    """What opening a source ends with: never anything but a SourceError with a remedy."""
    signature = details.pop("signature", None)
    with pytest.raises(SourceError) as caught:
        open_source(stored(kind, location, **details), signature=signature)
    assert caught.value.where == "suite.yaml:4"
    assert caught.value.advice
    assert caught.value.exit_code == 2
    return caught.value


def cut(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def test_an_empty_folder(tmp_path):
    error = refused(SourceKind.SAVED_MODEL, tmp_path)
    assert error.message == f"{tmp_path} is no SavedModel: it has no saved_model.pb"


def test_hdf5_with_garbage(tmp_path):
    path = tmp_path / "model.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 20)
    assert refused(SourceKind.KERAS, path).message.startswith(f"{path} is no readable HDF5 file")


@pytest.mark.parametrize("share", [0.05, 0.5, 0.99])
def test_a_truncated_frozen_graph(tmp_path, share):
    path = cut(write_frozen_graph(tmp_path / "model.pb"), share)
    error = refused(SourceKind.FROZEN_GRAPH, path, outputs=("Softmax",))
    assert error.message.startswith(f"{path} is no frozen graph, or cut short")


@pytest.mark.parametrize("content", [b"", b"not a protobuf at all\n"])
def test_what_is_no_frozen_graph(tmp_path, content):
    path = tmp_path / "model.pb"
    path.write_bytes(content)
    assert str(path) in refused(SourceKind.FROZEN_GRAPH, path, outputs=("y",)).message


def test_names_that_a_frozen_graph_does_not_have(tmp_path):
    path = write_frozen_graph(tmp_path / "model.pb")
    error = refused(SourceKind.FROZEN_GRAPH, path, outputs=("Sofmax",))
    assert str(error).endswith("the graph has no output 'Sofmax'; did you mean 'Softmax'?")
    error = refused(SourceKind.FROZEN_GRAPH, path, outputs=("Softmax",), inputs=("imag",))
    assert str(error).endswith("the graph has no input 'imag'; did you mean 'image'?")
    error = refused(SourceKind.FROZEN_GRAPH, path, outputs=("Softmax:x",))
    assert error.advice == "write Softmax or Softmax:0"
    error = refused(SourceKind.FROZEN_GRAPH, path, outputs=("Softmax:7",))
    assert error.message == "the graph has no tensor 'Softmax:7'"
    error = refused(SourceKind.FROZEN_GRAPH, path, outputs=("kernel",))
    assert "depend on no placeholder" in error.message
    error = refused(SourceKind.FROZEN_GRAPH, path, outputs=("Softmax",), inputs=("kernel",))
    assert error.message.startswith("the outputs cannot be computed from the inputs")
    error = refused(SourceKind.FROZEN_GRAPH, path)
    assert error.advice == "write {file: model.pb, outputs: [NAME]}"


def test_a_graph_with_variables(tmp_path):
    path = write_unfrozen_graph(tmp_path / "model.pb")
    error = refused(SourceKind.FROZEN_GRAPH, path, outputs=("y",))
    assert error.message == "the graph is not frozen: weight is a variable"


def test_signatures_of_kinds_that_have_only_one(tmp_path):
    path = write_frozen_graph(tmp_path / "model.pb")
    error = refused(SourceKind.FROZEN_GRAPH, path, outputs=("Softmax",), signature="main")
    assert error.message == "a frozen graph has no signature 'main'"
    assert refused(SourceKind.TFJS, tmp_path, signature="main").message.startswith("a TF.js model")


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """TF.js models and a ``.tflite``, whole."""
    import tensorflow as tf
    import tf_keras

    root, made = tmp_path_factory.mktemp("whole"), fused_cnn()
    tf.saved_model.save(made.thing, str(root / "saved"), signatures=made.thing.__call__)
    write_tfjs_graph(root / "graph", root / "saved")
    write_tfjs_layers(root / "layers", small_cnn(tf_keras))
    write_tflite(root / "model.tflite", root / "saved")
    return root


@pytest.fixture(params=["graph", "layers"])
def web(originals, tmp_path, request):
    """A copy of a TF.js model to damage."""
    return shutil.copytree(originals / request.param, tmp_path / request.param)


def edited(folder, change):
    document = json.loads((folder / "model.json").read_text())
    change(document)
    (folder / "model.json").write_text(json.dumps(document))
    return folder


def test_a_shard_that_is_missing(web):
    (shard,) = web.glob("*.bin")
    shard.unlink()
    error = refused(SourceKind.TFJS, web)
    assert f"names the shard '{shard.name}', which cannot be read" in error.message


def test_a_shard_that_is_too_short(web):
    (shard,) = web.glob("*.bin")
    cut(shard, 0.9)
    assert "are cut short" in refused(SourceKind.TFJS, web).message


def test_a_shard_outside_of_the_folder(web):
    edited(web, lambda document: document["weightsManifest"][0].update(paths=["../secret.bin"]))
    (web.parent / "secret.bin").write_bytes(bytes(10**5))
    assert "outside of its folder" in refused(SourceKind.TFJS, web).message


def test_a_model_json_that_was_cut(web):
    cut(web / "model.json", 0.5)
    assert "is no JSON, or cut short" in refused(SourceKind.TFJS, web).message


def test_a_weight_that_the_manifest_lacks(web):
    edited(web, lambda document: document["weightsManifest"][0]["weights"].pop())
    assert "has no weight" in refused(SourceKind.TFJS, web).message


def test_a_weight_of_another_shape(originals, tmp_path):
    folder = shutil.copytree(originals / "layers", tmp_path / "layers")
    weights = json.loads((folder / "model.json").read_text())["weightsManifest"][0]["weights"]
    place = next(place for place, each in enumerate(weights) if len(each["shape"]) == 4)

    def turn(document):
        document["weightsManifest"][0]["weights"][place]["shape"].reverse()

    error = refused(SourceKind.TFJS, edited(folder, turn))
    assert "its layer takes" in error.message


def test_a_topology_that_is_no_graph(originals, tmp_path):
    folder = shutil.copytree(originals / "graph", tmp_path / "graph")
    edited(folder, lambda document: document["modelTopology"].update(node=[{"name": 3}]))
    assert "is no TensorFlow graph" in refused(SourceKind.TFJS, folder).message


def test_an_op_that_tensorflow_does_not_know(originals, tmp_path):
    folder = shutil.copytree(originals / "graph", tmp_path / "graph")

    def rename(document):
        node = next(n for n in document["modelTopology"]["node"] if n["op"] == "Mean")
        node["op"] = "MyMean"

    error = refused(SourceKind.TFJS, edited(folder, rename))
    assert error.message.startswith("TensorFlow cannot import the graph (Op type not registered")
    assert "'MyMean'" in error.message


def test_a_fusion_that_cannot_be_written_out(originals, tmp_path):
    import base64

    folder = shutil.copytree(originals / "graph", tmp_path / "graph")

    def fuse(document):
        node = next(n for n in document["modelTopology"]["node"] if n["op"] == "_FusedMatMul")
        node["attr"]["fused_ops"]["list"]["s"][-1] = base64.b64encode(b"MyRelu").decode()

    assert (
        "with MyRelu, which cannot be written out"
        in refused(SourceKind.TFJS, edited(folder, fuse)).message
    )


def test_tables_of_a_tfjs_model(tmp_path):
    folder = write_tfjs_graph(tmp_path / "web", write_lookup(tmp_path / "saved"))
    assert (
        "has tables that are filled when it is loaded" in refused(SourceKind.TFJS, folder).message
    )


def test_a_layer_with_code_in_a_tfjs_model(originals, tmp_path):
    folder = shutil.copytree(originals / "layers", tmp_path / "layers")

    def add_code(document):
        layers = document["modelTopology"]["model_config"]["config"]["layers"]
        layers.append({"class_name": "Lambda", "config": {"name": "twice"}})

    assert (
        "has a Lambda layer, 'twice'" in refused(SourceKind.TFJS, edited(folder, add_code)).message
    )


def test_a_layer_that_no_keras_knows_in_a_tfjs_model(originals, tmp_path):
    folder = shutil.copytree(originals / "layers", tmp_path / "layers")

    def rename(document):
        document["modelTopology"]["model_config"]["config"]["layers"][1]["class_name"] = "Mine"

    assert (
        "tf_keras cannot build the model"
        in refused(SourceKind.TFJS, edited(folder, rename)).message
    )


@pytest.mark.parametrize("share", [0, 0.001, 0.1, 0.5, 0.9])
def test_a_truncated_tflite_file(originals, tmp_path, share):
    path = cut(shutil.copy(originals / "model.tflite", tmp_path / "model.tflite"), share)
    assert str(path) in refused(SourceKind.TFLITE, path).message


def test_a_signature_that_a_tflite_file_does_not_have(originals):
    error = refused(SourceKind.TFLITE, originals / "model.tflite", signature="serving_defualt")
    assert error.message == "the file has no signature 'serving_defualt'; it has serving_default"
    assert error.advice == "did you mean 'serving_default'?"


@pytest.mark.parametrize(
    "kind", [kind for kind in SourceKind if kind not in {"zoo", "code", "url"}]
)
def test_what_is_not_there(tmp_path, kind):
    error = refused(kind, tmp_path / "gone", outputs=("y",) if kind == "frozen_graph" else ())
    assert str(tmp_path / "gone") in error.message


@pytest.mark.parametrize("seed", range(8))
def test_damaged_bytes_end_in_a_source_error_or_a_model(originals, tmp_path, seed):
    """Whatever bytes say, nothing but a SourceError comes out."""
    rng = np.random.default_rng(seed)
    pb = write_frozen_graph(tmp_path / "model.pb")
    folder = shutil.copytree(originals / "graph", tmp_path / "graph")
    for path in (pb, folder / "model.json"):
        content = bytearray(path.read_bytes())
        for place in rng.integers(0, len(content), 4):
            content[place] = rng.integers(0, 256)
        path.write_bytes(bytes(content))
    for source in (
        stored(SourceKind.FROZEN_GRAPH, pb, outputs=("Softmax",)),
        stored(SourceKind.TFJS, folder),
    ):
        with contextlib.suppress(SourceError):
            assert open_source(source).function is not None
