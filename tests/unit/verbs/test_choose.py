import json

import pytest

from sizewise.errors import RecordsError
from support.rows import make_record, write_run
from support.verdicts import lossy


@pytest.fixture
def folder(tmp_path):
    return write_run(
        tmp_path,
        make_record("kws/float32@tfjs", agreement_low=0.999),
        lossy("kws/uint8@tfjs", -0.002, -0.009, 0.004, size_brotli_bytes=22_564, sqnr_db=24.0),
        lossy("kws/int8@tflite", 0.0, -0.003, 0.003, size_brotli_bytes=30_000),
        lossy("kws/prune80/uint8@tfjs", 0.26, 0.22, 0.29, size_brotli_bytes=12_210),
    )


def best(result):
    return [each["best"] for each in json.loads(result.stdout)["recommendations"]]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ([], "kws/uint8@tfjs"),
        (["--max-drop", "0.01"], "kws/uint8@tfjs"),
        (["--max-drop", "1 pp"], "kws/uint8@tfjs"),
        (["--max-drop", "0.35 %"], "kws/int8@tflite"),
        (["--max-drop", "0.5"], "kws/prune80/uint8@tfjs"),
        (["--min-agreement", "99.8%"], "kws/float32@tfjs"),
        (["--min-sqnr", "30", "--max-drop", "1 pp"], "kws/int8@tflite"),
        (["--target", "tflite"], "kws/int8@tflite"),
        (["--optimize", "raw", "--model", "kws"], "kws/float32@tfjs"),
    ],
)
def test_limits_as_they_are_typed(verb, folder, options, name):
    result = verb("recommend", folder, "--format", "json", *options)
    assert (result.exit_code, best(result)) == (0, [name])


def test_where_nothing_qualifies_the_exit_code_says_so(verb, folder):
    result = verb("recommend", folder, "--max-drop", "0.01 pp", "--target", "tfjs")
    assert result.exit_code == 0
    result = verb("recommend", folder, "--max-drop", "0.01 pp", "--target", "tflite")
    assert result.exit_code == 1
    assert "no variant is shown to stay within" in result.stdout
    assert "the nearest is kws/int8@tflite" in result.stdout


@pytest.mark.parametrize(("form", "first"), [("table", "kws: ship"), ("markdown", "# What")])
def test_the_answer_comes_first(verb, folder, form, first):
    result = verb("recommend", folder, "--format", form)
    assert result.stdout.startswith(first)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--max-drop", "one"], "'one' is no limit"),
        (["--max-drop", "-1 pp"], "no limit"),
        (["--min-agreement", "98"], "98% or 0.98"),
        (["--min-agreement", "most"], "98% or 0.98"),
        (["--optimize", "beauty"], "beauty"),
    ],
)
def test_what_is_no_limit_is_the_users_mistake(verb, folder, options, message):
    result = verb("recommend", folder, *options)
    assert result.exit_code == 2
    assert message in result.output


def test_points_are_for_shares_only(verb, tmp_path):
    folder = write_run(
        tmp_path, make_record("a/uint8@tfjs"), make_record("b/uint8@tfjs", metric="mae")
    )
    result = verb("recommend", folder, "--max-drop", "1 pp")
    assert result.exit_code == 2
    assert "mae has no percentage points" in result.output
    assert verb("recommend", folder, "--max-drop", "1 pp", "--model", "a").exit_code == 0


def test_a_folder_without_a_run(verb, tmp_path):
    result = verb("recommend", tmp_path / "gone")
    assert isinstance(result.exception, RecordsError)
