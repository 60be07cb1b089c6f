from __future__ import annotations

from pathlib import Path

import pytest

from sizewise.config import load_suite
from sizewise.config.encodings import decode_encoding
from sizewise.config.transforms import decode_transform
from sizewise.domain import (
    DEFAULT_OPTIONS,
    Cluster,
    ConversionOptions,
    DataKind,
    DataSource,
    Encoding,
    Finetune,
    Limit,
    Location,
    ModelSpec,
    Prune,
    Rounding,
    Schedule,
    Source,
    SourceKind,
    Target,
    Transform,
)
from sizewise.domain.tuning import Auto, Evidence, Goal
from sizewise.errors import SuiteError

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
            keras=2,
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


def transforms(load, text):
    return load(SMALL + f"transforms:\n{text}").transforms


def test_transforms_spelt_out_are_those_that_their_names_stand_for(load):
    names = [
        "prune80ft3",
        "prune80globalft3mask",
        "prune2of4obs",
        "cluster16ft2",
        "cluster16obs",
        "qat3",
        "qat5",
        "prune50ft3+cluster16",
    ]
    spelt = transforms(
        load,
        """\
  - prune: {sparsity: 0.8, finetune: {epochs: 3}}
  - prune: {sparsity: 0.8, scope: global, engine: mask, finetune: {epochs: 3}}
  - prune: {pattern: "2:4", engine: obs}
  - cluster: {clusters: 16, finetune: {epochs: 2}}
  - cluster: {clusters: 16, engine: obs}
  - qat: {}
  - qat: {epochs: 5}
  - [prune50ft3, {cluster: {clusters: 16}}]
""",
    )
    assert [transform.name for transform in spelt] == names
    assert spelt == tuple(map(decode_transform, names))


def test_a_transform_with_a_name_of_its_own(load, tmp_path):
    slow, both = transforms(
        load,
        """\
  - name: prune80-slow
    prune:
      sparsity: 0.8
      finetune: {epochs: 3, batch-size: 8, learning-rate: 0.0001, schedule: constant, seed: 4}
  - name: both
    steps: [prune50ft3, cluster: {clusters: 16, finetune: {epochs: 1, loop: "own.loops:train"}}]
""".replace("cluster: {clusters", "{cluster: {clusters").replace('train"}}]', 'train"}}}]'),
    )
    finetune = Finetune(3, 8, 0.0001, Schedule.CONSTANT, None, 4)
    assert slow == Transform((Prune(0.8, finetune=finetune),), "prune80-slow")
    assert slow.name == "prune80-slow"
    loop = Finetune(1, loop="own.loops:train", folder=tmp_path)
    assert both == Transform((Prune(0.5, finetune=Finetune(3)), Cluster(16, loop)), "both")


def model(load, text, top=""):
    return load(f"suite: s\n{top}models:\n  m:\n{text}encodings: {{tfjs: [uint8]}}\n").models[0]


def test_a_model_without_data_is_judged_by_nothing(load):
    spec = model(load, "    source: zoo:digits-cnn\n", top="max-drop: 2 pp\n")
    assert spec.data.kind is DataKind.NOISE
    assert (spec.metric, spec.max_drop) == (None, None)


def test_data_without_a_metric(load):
    spec = model(load, "    source: zoo:digits-cnn\n    data: zoo:digits-cnn\n")
    assert (spec.data.kind, spec.metric, spec.max_drop) == (DataKind.ZOO, None, None)


def test_what_is_done_to_samples(load, tmp_path):
    for name in ("test.csv", "train.csv"):
        (tmp_path / name).write_text("a,class\n1,0\n")
    spec = model(
        load,
        """\
    source: zoo:digits-cnn
    data: {file: test.csv, train: train.csv, limit: 5, seed: 2, scale: 0.5, offset: -1, label: c}
    metric: f1
""",
    )
    assert spec.data == DataSource(
        str(tmp_path / "test.csv"),
        5,
        2,
        Location(tmp_path / "suite.yaml", 5),
        str(tmp_path / "train.csv"),
        0.5,
        -1.0,
        "c",
    )


def test_functions_of_the_users_own(load, tmp_path):
    spec = model(
        load,
        "    source: own.nets:make\n    data: own.data:read\n    metric: own.metrics:wer\n",
    )
    assert spec.data.kind is DataKind.CODE
    assert spec.data.folder == spec.metric_folder == spec.source.folder == tmp_path
    assert spec.metric == "own.metrics:wer"
    assert spec.max_drop == Limit(0.01, relative=True)
    assert spec.keras is None


@pytest.mark.parametrize(
    ("text", "keras"),
    [
        ("    source: own.nets:make\n    keras: 3\n", 3),
        ('    source: {file: "own.nets:make", keras: 2}\n', 2),
        ("    source: zoo:digits-cnn\n", 2),
        ("    source: {application: VGG16}\n", 2),
        ("    source: {application: VGG16}\n    keras: 3\n", 3),
        ("    source: {application: VGG16, keras: 3}\n", 3),
    ],
)
def test_the_keras_of_a_model(load, text, keras):
    spec = model(load, text)
    assert spec.keras == keras
    assert spec.source.keras == (keras if spec.source.kind is SourceKind.APPLICATION else None)


def test_an_application(load):
    plain = model(load, "    source: {application: VGG16}\n").source
    assert (plain.location, plain.weights, plain.input_shape) == ("VGG16", "imagenet", None)
    own = model(
        load, "    source: {application: VGG16, weights: random, input-shape: [32, 48, 3]}\n"
    ).source
    assert (own.weights, own.input_shape) == ("random", (32, 48, 3))


def test_options_of_a_model_come_before_the_suites(load):
    spec = model(
        load,
        """\
    source: zoo:digits-cnn
    options: {skip-op-check: false, metadata: {b: 2}, strip-debug-ops: false}
""",
        top="options: {weight-shard-size: 1 MB, skip-op-check: true, metadata: {a: 1}}\n",
    )
    assert spec.options == ConversionOptions(
        weight_shard_bytes=1_000_000,
        metadata={"b": 2},
        skip_op_check=False,
        strip_debug_ops=False,
    )
    assert model(load, "    source: zoo:digits-cnn\n").options == DEFAULT_OPTIONS


def test_encodings_spelt_out(load):
    suite = load(
        SMALL.replace(
            "  tfjs: [uint8]",
            """\
  tfjs:
    - uint8-gptq
    - uint8: {levels: 64}
    - {uint8: {rounding: gptq, levels: 64}}
    - uint8: {levels: 256}
  tflite: [int8-gptq]
""",
        )
    )
    assert [each.name for each in suite.encodings[Target.TFJS]] == [
        "uint8-gptq",
        "uint8-l64",
        "uint8-gptq-l64",
        "uint8",
    ]
    assert suite.encodings[Target.TFJS][2] == Encoding("uint8-gptq-l64", None, Rounding.GPTQ, 64)
    assert suite.encodings[Target.TFLITE] == (Encoding("int8-gptq", None, Rounding.GPTQ),)


def test_tflite_files_need_no_encodings(load, tmp_path):
    (tmp_path / "model.tflite").write_bytes(b"\x1c\0\0\0TFL3")
    text = "suite: s\nmodels: {m: {source: model.tflite}}\n"
    assert load(text).encodings == {}
    with pytest.raises(SuiteError, match="the suite has no 'encodings'"):
        load(text.replace("models: {", "models: {n: {source: zoo:digits-cnn}, "))


def test_an_encoding_that_is_left_to_the_tuner(load):
    suite = load(
        SMALL.replace(
            "[uint8]",
            "[auto: {max-drop: 1 pp, agreement: 98 %, time-limit: 2m}, "
            "auto: {name: exact, sqnr: 40, minimize: raw, trials: 3, seed: 7, "
            "evidence: estimated}]",
        )
    )
    auto, exact = suite.encodings[Target.TFJS]
    assert auto.name == "auto"
    assert auto.auto == Auto(Limit(0.01), 0.98, time_limit_seconds=120.0)
    assert auto.is_calibrated
    assert exact.name == "exact"
    assert exact.auto == Auto(
        sqnr_db=40.0, goal=Goal.RAW, trials=3, seed=7, evidence=Evidence.ESTIMATED
    )


def test_a_map_whose_parts_are_rounded(load):
    entry = '[{name: mixed, float32: a, uint8-gptq-l16: [b, c], uint8-l4: "*"}]'
    (mixed,) = load(SMALL.replace("[uint8]", entry)).encodings[Target.TFJS]
    assert mixed.is_rounded
    assert mixed.is_calibrated
    assert mixed.patterns == {"float32": ("a",), "uint8-gptq-l16": ("b", "c"), "uint8-l4": ("*",)}
    assert mixed.parts == {key: decode_encoding(key, Target.TFJS) for key in mixed.patterns}
