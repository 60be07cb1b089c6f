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
