from __future__ import annotations

from pathlib import Path

import pytest

from sizewise.config import load_suite
from sizewise.domain import (
    DataSource,
    Encoding,
    Limit,
    Location,
    ModelSpec,
    Prune,
    Source,
    SourceKind,
    Target,
    Transform,
)

SMALL = """\
suite: small
models:
  digits:
    source: zoo:digits-cnn
    data: zoo:digits-cnn
    metric: accuracy
encodings:
  tfjs: [uint8]
"""


@pytest.fixture
def load(tmp_path):
    def load_text(text, **define):
        file = tmp_path / "suite.yaml"
        file.write_text(text)
        return load_suite(file, define)

    return load_text


def test_the_smallest_suite(load, tmp_path):
    suite = load(SMALL)
    file = tmp_path / "suite.yaml"
    assert suite.name == "small"
    assert suite.path == file
    assert suite.text == SMALL
    assert suite.models == (
        ModelSpec(
            "digits",
            Source(SourceKind.ZOO, "digits-cnn", Location(file, 4)),
            DataSource("zoo:digits-cnn", at=Location(file, 5)),
            "accuracy",
            Limit(0.01),
        ),
    )
    assert suite.transforms == (Transform(),)
    assert suite.encodings == {Target.TFJS: (Encoding("uint8"),)}


def test_everything_that_can_be_said(load, tmp_path):
    suite = load(
        """\
suite: large
max-drop: 3 pp
models:
  own:
    source: zoo:digits-cnn
    signature: serve
    data: {file: zoo:digits-cnn, limit: 500, seed: 7}
    metric: accuracy
    max-drop: 0.00001
  other:
    source: zoo:digits-cnn
    data:
      file: zoo:digits-cnn
    metric: accuracy
transforms: [none, prune50, {prune: {sparsity: 0.875}}]
targets: [tflite, tfjs]
encodings:
  tfjs:
    - float32
    - {name: mixed, uint8: "*kernel*", float16: ["*bias*", "*"]}
  tflite: [int8]
"""
    )
    own, other = suite.models
    assert own.signature == "serve"
    assert own.data == DataSource("zoo:digits-cnn", 500, 7, Location(tmp_path / "suite.yaml", 7))
    assert own.max_drop == Limit(0.00001)
    assert other.max_drop == Limit(0.03)
    assert suite.transforms == (Transform(), Transform((Prune(0.5),)), Transform((Prune(0.875),)))
    assert list(suite.encodings) == [Target.TFLITE, Target.TFJS]
    plain, mixed = suite.encodings[Target.TFJS]
    assert plain == Encoding("float32")
    assert mixed.name == "mixed"
    assert mixed.patterns == {"uint8": ("*kernel*",), "float16": ("*bias*", "*")}


def test_targets_come_in_the_order_of_the_encodings_where_none_are_listed(load):
    suite = load(SMALL.replace("  tfjs: [uint8]", "  tflite: [int8]\n  tfjs: [uint8]"))
    assert list(suite.encodings) == [Target.TFLITE, Target.TFJS]


def test_targets_narrow_the_encodings(load):
    suite = load(SMALL + "  tflite: [int8]\ntargets: [tflite]\n")
    assert suite.encodings == {Target.TFLITE: (Encoding("int8"),)}


def test_definitions_come_before_the_environment(load, monkeypatch):
    monkeypatch.setenv("ZOO_NAME", "digits-cnn")
    monkeypatch.setenv("ZOO_DATA", "no-such-data")
    text = SMALL.replace("source: zoo:digits-cnn", "source: zoo:${ZOO_NAME}").replace(
        "data: zoo:digits-cnn", "data: {file: 'zoo:${ZOO_DATA}', limit: '${LIMIT:-20}'}"
    )
    (model,) = load(text, ZOO_DATA="digits-cnn").models
    assert model.source.location == "digits-cnn"
    assert model.data.location == "zoo:digits-cnn"
    assert model.data.limit == 20


def test_paths_are_relative_to_the_suite_and_lines_to_what_the_user_typed(tmp_path, monkeypatch):
    (tmp_path / "suites").mkdir()
    (tmp_path / "model").mkdir()
    (tmp_path / "model/saved_model.pb").touch()
    (tmp_path / "suites/small.yaml").write_text(
        SMALL.replace("source: zoo:digits-cnn", "source: ../model")
    )
    monkeypatch.chdir(tmp_path)
    suite = load_suite(Path("suites/small.yaml"))
    (model,) = suite.models
    assert model.source.location == str(tmp_path / "model")
    assert str(model.source.at) == "suites/small.yaml:4"
    assert suite.path == Path("suites/small.yaml")


def test_the_quickstart(root):
    suite = load_suite(root / "configs/quickstart.yaml")
    assert [model.name for model in suite.models] == ["digits-cnn", "diabetes-mlp"]
    assert [model.max_drop for model in suite.models] == [Limit(0.02), Limit(0.02, relative=True)]
    assert [transform.name for transform in suite.transforms] == ["none", "prune50", "prune80"]
    assert sum(map(len, suite.encodings.values())) == 8


def test_the_keyword_suite_takes_its_folder_from_a_definition(root, tmp_path):
    import zipfile

    (tmp_path / "saved_model").mkdir()
    (tmp_path / "saved_model/saved_model.pb").touch()
    with zipfile.ZipFile(tmp_path / "kws01.npz", "w") as archive:
        archive.writestr("x.npy", b"")
    suite = load_suite(root / "configs/kws.yaml", {"SIZEWISE_KWS": str(tmp_path)})
    (model,) = suite.models
    assert model.source.location == str(tmp_path / "saved_model")
    assert model.signature == "serving_default"
    assert model.data.location == str(tmp_path / "kws01.npz")
    assert sum(map(len, suite.encodings.values())) == 8


def test_sources_that_need_more_than_a_path(load, tmp_path):
    (tmp_path / "model.pb").write_bytes(b"graph")
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved/saved_model.pb").touch()
    suite = load(
        f"""\
suite: sources
models:
  frozen:
    source: {{file: model.pb, outputs: Softmax, inputs: [x, z]}}
    data: zoo:digits-cnn
    metric: accuracy
  tagged:
    source: {{file: saved, tags: [serve, gpu]}}
    data: zoo:digits-cnn
    metric: accuracy
  web:
    source:
      url: https://example.org/model.tar.gz
      sha256: {"0a" * 32}
    data: zoo:digits-cnn
    metric: accuracy
  code:
    source: own.models:make
    data: zoo:digits-cnn
    metric: accuracy
encodings: {{tfjs: [uint8]}}
"""
    )
    frozen, tagged, web, code = (model.source for model in suite.models)
    assert (frozen.kind, frozen.inputs, frozen.outputs) == (
        SourceKind.FROZEN_GRAPH,
        ("x", "z"),
        ("Softmax",),
    )
    assert (tagged.kind, tagged.tags) == (SourceKind.SAVED_MODEL, ("serve", "gpu"))
    assert (web.kind, web.sha256) == (SourceKind.URL, "0a" * 32)
    assert (code.kind, code.folder) == (SourceKind.CODE, tmp_path)
    assert [source.at.line for source in (frozen, tagged, web, code)] == [4, 8, 12, 18]
