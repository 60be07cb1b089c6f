import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from sizewise.analysis.recommend import recommend
from sizewise.domain import Limit
from sizewise.reports.recommend import as_json, markdown, tables
from sizewise.reports.recommend.answer import limits, lines
from support.rows import make_failure, make_record, make_run
from support.verdicts import lossy, run_to_choose_from

FOLDER = Path("runs/made-up/20261121T031200Z-1a2b")


@pytest.fixture(scope="module")
def answers():
    return recommend(run_to_choose_from())


def on_terminal(renderable, width=120):
    console = Console(width=width, file=io.StringIO(), color_system=None, highlight=False)
    console.print(renderable)
    return console.file.getvalue()


def words(run, **limits):
    (answer,) = recommend(run, **limits)
    return list(lines(answer, FOLDER))


def test_the_terminal(answers, snapshot):
    assert on_terminal(tables(answers, FOLDER)) == snapshot


def test_the_markdown(answers, snapshot):
    assert markdown(answers, FOLDER) == snapshot


def test_the_markdown_escapes_what_others_wrote(answers):
    text = markdown(answers, FOLDER)
    assert "<c>" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


def test_the_json(answers, snapshot):
    assert as_json(answers) == snapshot


def test_the_json_is_strict_even_for_equal_outputs():
    equal = make_record("a/float32@tfjs", sqnr_db=None, max_abs_error=0.0)
    (answer,) = json.loads(as_json(recommend(make_run(equal), min_sqnr=20)))["recommendations"]
    assert answer["best"] == "a/float32@tfjs"
    assert answer["front"][0]["drift"] is None
    assert answer["limits"] == {"max_drop": None, "min_agreement": None, "min_sqnr": 20}


def test_the_end_of_an_interval_just_beyond_the_limit_does_not_look_as_if_it_were_on_it():
    (first, *_) = words(make_run(lossy("a/uint8@tfjs", 0.0, 0.0, 0.0104)), max_drop=Limit(0.01))
    assert "within accuracy drop ≤ 1.00 pp; the nearest is" in first
    assert "+1.04]" in first


def test_seconds_are_no_bytes():
    run = make_run(
        lossy("a/uint8@tfjs", 0.0, 0.0, 0.02, latency_seconds=0.001),
        make_record("a/float32@tfjs", latency_seconds=0.0025),
    )
    (answer,) = recommend(run, optimize="latency")
    text = "\n".join(lines(answer, FOLDER))
    assert "ship a/float32@tfjs (2.5 ms):" in text
    assert "Next faster: a/uint8@tfjs (1 ms) would save 1.5 ms and cost" in text


def test_without_labels_it_says_what_to_pass():
    run = make_run(make_record("a/uint8@tfjs", max_drop=None))
    assert words(run)[0].startswith("a: there is nothing to judge the variants by: pass --max-drop")


def test_without_any_row_it_says_so():
    assert words(make_run(make_failure("a/uint8@tfjs")))[0] == "a: no variant was measured"


def test_every_limit_is_named():
    (answer,) = recommend(
        make_run(make_record()), max_drop=Limit(0.01), min_agreement=0.98, min_sqnr=20
    )
    assert limits(answer) == "accuracy drop ≤ 1.00 pp, agreement ≥ 98.00 %, SQNR ≥ 20.0 dB"


def test_the_artifact_is_named_by_its_path():
    assert f"Artifact: {FOLDER}/artifacts/a/uint8@tfjs" in words(
        make_run(make_record("a/uint8@tfjs"))
    )


@pytest.mark.parametrize(
    ("job_id", "arguments"),
    [
        ("a/uint8@tfjs", "--encoding uint8"),
        (
            "a/prune50+cluster16/uint8-l64@tfjs",
            "--transform prune50+cluster16 --encoding uint8-l64",
        ),
        ("a/int8@tflite", "--encoding int8 --target tflite --calibrate SAMPLES.npz"),
        ("a/uint8-gptq@tfjs", "--encoding uint8-gptq --calibrate SAMPLES.npz"),
        (
            "a/prune50obs/float16@tflite",
            "--transform prune50obs --encoding float16 --target tflite --calibrate SAMPLES.npz",
        ),
    ],
)
def test_it_ends_with_the_command_that_makes_the_artifact(job_id, arguments):
    *_, last = words(make_run(make_record(job_id)), max_drop=Limit(1.0))
    assert last == f"To make it again: sizewise convert SOURCE OUT {arguments}"


@pytest.mark.parametrize(
    "job_id",
    [
        "a/prune80ft3/uint8@tfjs",  # trained
        "a/slow/uint8@tfjs",  # a name of the suite's own, as the next
        "a/kernels-small/mixed@tfjs",
        "a/as_is@tflite",
    ],
)
def test_there_is_no_such_command_for_what_a_suite_alone_can_make(job_id):
    found = words(make_run(make_record(job_id)), max_drop=Limit(1.0))
    assert "ship a/" in found[0]
    assert not any("sizewise convert" in line for line in found)
