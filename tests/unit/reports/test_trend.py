import io
import json
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from sizewise.analysis.trend import watch
from sizewise.domain import Status
from sizewise.errors import RecordsError
from sizewise.records.history import History, load_history
from sizewise.reports import trend as reports
from sizewise.reports.trend.lines import sparkline
from support.histories import night_record, write_night
from support.rows import make_failure

NIGHTS = 40
UNREADABLE = RecordsError("is corrupt: [b]bad[/b]", where="runs/nightly/x/run.json")


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Nights with a step, a drift, a single odd night, a slower job and a failing one."""
    root, rng = tmp_path_factory.mktemp("history"), np.random.default_rng(4)
    for night in range(NIGHTS):
        rows = [
            night_record(rng, "kws/uint8@tfjs", size=24_000 if night < 30 else 23_300),
            night_record(rng, "kws/float16@tfjs", size=round(58_000 * 1.002**night)),
            night_record(rng, "kws/prune50/uint8@tfjs", agreement=0.993 if night != 12 else 0.99),
            night_record(rng, "kws/float32@tflite", seconds=0.5 if night < 22 else 0.75),
        ]
        if night >= 37:
            rows[2] = make_failure("kws/prune50/uint8@tfjs", Status.CRASHED, "died of SIGSEGV")
        changes = {"fingerprint": "beef"} if night >= 30 else {}
        write_night(root, night, rows, **changes)
    found = load_history(root)
    return History(found.runs, (Path("runs/copy"),), (UNREADABLE,))


@pytest.fixture(scope="module")
def trend(history):
    return watch(history.runs)


def shown(trend, history, width=140):
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(reports.table(trend, history))
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 120, 140])
def test_the_table(snapshot, trend, history, width):
    assert shown(trend, history, width) == snapshot


def test_the_markdown(snapshot, trend, history):
    assert reports.markdown(trend, history) == snapshot


def test_names_of_jobs_stay_whole_where_there_is_room(trend, history):
    text = shown(trend, history, 120)
    for job_id in ("kws/float16@tfjs", "kws/prune50/uint8@tfjs", "kws/float32@tflite"):
        assert f" {job_id} " in text


@pytest.mark.parametrize("width", [60, 80, 109, 110, 200])
def test_no_line_is_wider_than_the_terminal(trend, history, width):
    assert all(cell_len(line) <= width for line in shown(trend, history, width).splitlines())


def test_the_json_has_every_series_with_its_values(trend, history):
    document = json.loads(reports.as_json(trend, history), parse_constant=pytest.fail)
    assert len(document["runs"]) == NIGHTS
    (series,) = (
        each
        for each in document["series"]
        if (each["job_id"], each["figure"]) == ("kws/uint8@tfjs", "brotli")
    )
    assert series["places"] == list(range(NIGHTS))
    assert series["values"] == [24_000] * 30 + [23_300] * 10
    assert series["changes"] == [
        {
            "kind": "step",
            "run_id": document["runs"][30]["run_id"],
            "earliest_run_id": document["runs"][30]["run_id"],
            "latest_run_id": document["runs"][30]["run_id"],
            "old": 24_000,
            "new": 23_300,
            "per_run": None,
            "p_value": None,
            "worse": False,
            "sure": True,
            "environment_changed": True,
        }
    ]
    assert document["failing"][0]["reason"] == "crashed: died of SIGSEGV"
    assert document["failing"][0]["since_run_id"] == document["runs"][37]["run_id"]
    assert document["unreadable"] == [str(UNREADABLE)]
    assert document["repeated"] == ["runs/copy"]


def test_nothing_changed(tmp_path):
    for night in range(3):
        write_night(tmp_path, night, [night_record(np.random.default_rng(0), "net/uint8@tfjs")])
    history = load_history(tmp_path)
    trend = watch(history.runs)
    assert shown(trend, history).splitlines()[-1].strip() == "nothing changed"
    assert reports.markdown(trend, history).startswith("**nothing changed**\n")
    assert "|" not in reports.markdown(trend, history)


def test_jobs_of_several_suites_are_told_apart(tmp_path):
    for suite in ("a", "b"):
        for night, size in enumerate([5, 5, 6]):
            row = night_record(np.random.default_rng(0), "net/uint8@tfjs", size=size)
            write_night(tmp_path, night, [row], suite=suite)
    history = load_history(tmp_path)
    text = reports.markdown(watch(history.runs), history)
    assert "| a: net/uint8@tfjs |" in text
    assert "| b: net/uint8@tfjs |" in text


def test_no_more_than_a_hundred_changes_are_listed(tmp_path):
    rng = np.random.default_rng(0)
    for night, size in enumerate([500, 500, 600]):
        rows = [night_record(rng, f"net{number}/uint8@tfjs", size=size) for number in range(70)]
        write_night(tmp_path, night, rows)
    history = load_history(tmp_path)
    trend = watch(history.runs)
    assert (
        sum(line.startswith("| worse") for line in reports.markdown(trend, history).split("\n"))
        == 100
    )
    for text in (reports.markdown(trend, history), shown(trend, history)):
        assert "and 40 more, which --format json lists" in text
        assert "140 worse" in text
    series = json.loads(reports.as_json(trend, history))["series"]
    assert sum(len(each["changes"]) for each in series) == 140


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([1, 1, 1], "▁▁▁"),
        ([1, 2], "▁█"),
        ([0, 7, 3.5], "▁█▅"),
        ([-1, 0, 1], "▁▅█"),
        (range(32), "▁▁▂▂▃▃▄▄▅▅▆▆▇▇██"),
        ([5], "▁"),
    ],
)
def test_sparklines(values, line):
    assert sparkline(list(values)) == line
