"""One model out of a suite or of arguments, and the suite that makes it in one encoding."""

import pytest
import yaml

from sizewise.config import load_suite
from sizewise.config.single import single_model, yaml_of
from sizewise.domain import Encoding, Target
from sizewise.errors import RequestError, SuiteError

SUITE = """suite: two
models:
  one: {source: zoo:digits-cnn, data: {file: data/x.csv, label: y}, metric: accuracy}
  other: {source: zoo:digits-cnn, data: "${WHERE}/x.csv", metric: accuracy}
options: {weight-shard-size: 1 MiB}
encodings: {tfjs: [float32]}
"""
TUNED = Encoding("tuned", {"uint8-gptq-l16": ("a", "b[[]0]"), "float16": ("c",)})


@pytest.fixture
def suite(tmp_path):
    (tmp_path / "suites" / "data").mkdir(parents=True)
    (tmp_path / "suites" / "data" / "x.csv").write_text("a,y\n1,0\n")
    file = tmp_path / "suites" / "two.yaml"
    file.write_text(SUITE)
    return file


def test_a_source_is_named_as_for_convert(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    single = single_model(
        "zoo:digits-cnn", data="zoo:digits-cnn", metric="accuracy", signature=None
    )

    assert single.spec.name == "digits-cnn"
    assert single.spec.metric == "accuracy"


def test_a_mistake_in_a_source_names_no_file_that_nobody_wrote():
    with pytest.raises(RequestError) as caught:
        single_model("zoo:digits", data="zoo:digits-cnn")

    assert caught.value.where is None
    assert "digits-cnn" in caught.value.advice


def test_a_suite_of_several_models_needs_a_name(suite):
    with pytest.raises(RequestError, match="has 2 models; name one with --model: one, other"):
        single_model(str(suite), define={"WHERE": "data"})
    with pytest.raises(RequestError, match="no model 'oter'; did you mean 'other'"):
        single_model(str(suite), model="oter", define={"WHERE": "data"})


def test_what_a_suite_says_is_not_said_twice(suite):
    with pytest.raises(RequestError, match="says itself what its models' metric are"):
        single_model(str(suite), model="one", metric="f1")


def test_mistakes_of_a_suite_keep_their_lines(tmp_path):
    (tmp_path / "s.yaml").write_text("suite: s\n")

    with pytest.raises(SuiteError, match=r"s\.yaml"):
        single_model(str(tmp_path / "s.yaml"))


@pytest.mark.parametrize("model", ["one", "other"])
def test_the_suite_that_it_writes_means_the_same_model(suite, tmp_path, model):
    single = single_model(str(suite), model=model, define={"WHERE": "data"})
    file = tmp_path / "results" / "deep" / "suite.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(single.text(TUNED, file))

    again = load_suite(file)

    (spec,) = again.models
    assert spec.name == model
    assert spec.options == single.spec.options
    assert (tmp_path / "suites" / "data" / "x.csv").samefile(spec.data.location)
    assert spec.data.label == single.spec.data.label
    assert again.encodings == {Target.TFJS: (TUNED,)}


def test_an_encoding_is_written_as_a_suite_reads_it():
    assert yaml.safe_load(yaml_of(Encoding("uint8"))) == ["uint8"]
    assert yaml.safe_load(yaml_of(TUNED)) == [
        {"name": "tuned", "uint8-gptq-l16": ["a", "b[[]0]"], "float16": ["c"]}
    ]
