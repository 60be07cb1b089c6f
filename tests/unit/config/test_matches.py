from __future__ import annotations

import json
from pathlib import Path

import pytest

from sizewise.config.encodings import decode_encoding
from sizewise.config.matches import check_clusters, check_training
from sizewise.config.transforms import decode_transform
from sizewise.domain import (
    DataSource,
    Encoding,
    Location,
    ModelSpec,
    Source,
    SourceKind,
    Target,
)

AT = Location(Path("suite.yaml"), 9)


def model(kind, location="there", data="zoo:digits-cnn"):
    return ModelSpec("net", Source(kind, str(location)), DataSource(data), None, None)


def messages(name, *models):
    return [str(error) for error in check_training(decode_transform(name), models, AT)]


@pytest.mark.parametrize(
    ("kind", "location", "words"),
    [
        (SourceKind.SAVED_MODEL, "folder", "a SavedModel"),
        (SourceKind.FROZEN_GRAPH, "model.pb", "a frozen graph"),
        (SourceKind.TFLITE, "model.tflite", "a .tflite file"),
        (SourceKind.URL, "https://example.org/m.pb?raw=true", "a frozen graph"),
    ],
)
@pytest.mark.parametrize(
    ("name", "training"),
    [
        ("qat3", "quantization-aware training"),
        ("prune80ft3", "fine-tuning"),
        ("cluster16ft2+qat3", "fine-tuning and quantization-aware training"),
        ("prune50ft1+cluster16", "fine-tuning"),
    ],
)
def test_a_graph_cannot_be_trained(kind, location, words, name, training):
    (message,) = messages(name, model(kind, location))
    assert message.startswith(
        f"suite.yaml:9: {name} needs Keras layers for {training}, and the source of net is {words};"
    )
    assert messages("prune80", model(kind, location)) == []


@pytest.mark.parametrize(
    ("kind", "location"),
    [
        (SourceKind.ZOO, "digits-cnn"),
        (SourceKind.KERAS, "model.keras"),
        (SourceKind.CODE, "own:make"),
        (SourceKind.APPLICATION, "MobileNetV2"),
        (SourceKind.URL, "https://example.org/m.keras"),
        (SourceKind.URL, "https://example.org/m.tar.gz"),
    ],
)
def test_what_has_or_may_have_layers_can_be_trained(kind, location):
    assert messages("prune80ft3+qat3", model(kind, location)) == []


@pytest.mark.parametrize(
    ("content", "is_graph"),
    [
        ({"format": "graph-model"}, True),
        ({"modelTopology": {"node": []}}, True),
        ({"format": "layers-model", "modelTopology": {"model_config": {}}}, False),
        ({"modelTopology": {"class_name": "Sequential"}}, False),
        ([], False),
    ],
)
def test_a_tfjs_model_tells_whether_it_has_layers(tmp_path, content, is_graph):
    (tmp_path / "model.json").write_text(json.dumps(content))
    for location in (tmp_path, tmp_path / "model.json"):
        assert len(messages("qat3", model(SourceKind.TFJS, location))) == is_graph


def test_a_tfjs_file_that_is_no_json_is_left_to_those_who_open_it(tmp_path):
    (tmp_path / "model.json").write_text("{")
    assert messages("qat3", model(SourceKind.TFJS, tmp_path)) == []


def test_a_tflite_among_others_takes_no_transform_and_is_no_mistake():
    kept, trained = model(SourceKind.TFLITE, "m.tflite"), model(SourceKind.ZOO)
    assert messages("qat3", kept, trained) == []
    assert len(messages("qat3", kept, kept)) == 2


def test_a_model_without_training_data_is_named_with_the_remedy():
    (message,) = messages("prune80ft3", model(SourceKind.ZOO), model(SourceKind.ZOO, data="a.csv"))
    assert "prune80ft3 needs training data for fine-tuning, and net has none: a.csv" in message
    assert message.count("write data: {file: test.csv, train: train.csv}") == 1


@pytest.mark.parametrize(
    ("name", "encodings", "refused"),
    [
        ("cluster300", ["uint8"], "cluster300 asks for 300 values a kernel, and uint8 has 256"),
        ("prune50+cluster257", ["float32", "uint8-l64"], "cluster257 asks for 257 values a"),
        ("cluster300", ["float32", "uint16"], None),
        ("cluster256", ["uint8"], None),
        ("prune50", ["uint8"], None),
    ],
)
def test_more_clusters_than_8_bits_can_tell_apart(name, encodings, refused):
    given = [decode_encoding(each, Target.TFJS) for each in encodings]
    found = [str(error) for error in check_clusters(decode_transform(name), given, AT)]
    assert len(found) == (refused is not None)
    assert refused is None or found[0].startswith(f"suite.yaml:9: {refused}")


def test_int8_of_tflite_has_8_bits_too():
    found = list(check_clusters(decode_transform("cluster300"), [Encoding("dynamic_int8")], AT))
    assert len(found) == 1
