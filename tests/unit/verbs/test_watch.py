import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import typer
from typer.testing import CliRunner

from sizewise.errors import RecordsError
from sizewise.records.history import run_folders
from sizewise.reports.html import page
from sizewise.verbs import watch
from support.histories import FIRST, night_id, write_night
from support.rows import make_failure, make_record

JOB = "net/uint8@tfjs"


@pytest.fixture
def verb(monkeypatch):
    """Run a command line: exit code, stdout, stderr and the exception that ended it, if any."""
    monkeypatch.setenv("COLUMNS", "120")
    app = typer.Typer(pretty_exceptions_enable=False)
    for function in (watch.compare, watch.trend, watch.prune_history, watch.export):
        app.command(function.__name__.replace("_", "-"))(function)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def nights(tmp_path):
    """Three nights: the second as the first, in the third the size grew."""
    return [
        write_night(tmp_path, night, [make_record(JOB, size_raw_bytes=size)])
        for night, size in enumerate([100, 100, 103])
    ]


# compare


@pytest.mark.parametrize(
    ("options", "first"),
    [
        ([], f"nightly: {night_id(1)} (base) and {night_id(2)} (head)"),
        (["--format", "markdown"], "**1 job: 1 worse**"),
        (["--format", "json"], "{"),
    ],
)
def test_compare_in_every_format(verb, nights, options, first):
    result = verb("compare", nights[1], nights[2], *options)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, first)


def test_the_latest_run_but_the_head_itself(verb, tmp_path, nights):
    result = verb("compare", f"latest:{tmp_path}", nights[2], "--format", "json")
    assert json.loads(result.stdout)["base"]["run_id"] == night_id(1)
    result = verb("compare", f"latest:{tmp_path}", tmp_path / "nightly", "--format", "json")
    assert json.loads(result.stdout)["head"]["run_id"] == night_id(2)
    assert json.loads(result.stdout)["base"]["run_id"] == night_id(1)


@pytest.mark.parametrize(
    ("fail_on", "changes", "code"),
    [
        ("worse", {"size_raw_bytes": 101}, 1),
        ("worse", {"size_raw_bytes": 99}, 0),
        ("worse", {"conversion_seconds": 99.0}, 0),
        ("failing", {"size_raw_bytes": 101}, 0),
        ("never", {"size_raw_bytes": 101}, 0),
    ],
)
def test_what_fails(verb, nights, fail_on, changes, code):
    row = make_record(JOB, **{"size_raw_bytes": 100} | changes)
    head = write_night(nights[0].parent.parent, 3, [row])
    result = verb("compare", nights[0], head, "--fail-on", fail_on)
    assert result.exit_code == code
    assert "1 job" in result.stdout


@pytest.mark.parametrize(("fail_on", "code"), [("worse", 1), ("failing", 1), ("never", 0)])
def test_a_job_that_fails_is_a_failure(verb, tmp_path, nights, fail_on, code):
    head = write_night(tmp_path, 3, [make_failure(JOB)])
    assert verb("compare", nights[0], head, "--fail-on", fail_on).exit_code == code


def test_no_run_to_compare_with(verb, tmp_path, nights):
    result = verb("compare", f"latest:{tmp_path / 'empty'}", nights[0])
    assert isinstance(result.exception, RecordsError)
    result = verb("compare", nights[0], tmp_path / "nowhere")
    assert isinstance(result.exception, RecordsError)
    assert "nowhere: no such folder" in str(result.exception)


# trend


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ([], "1 worse"),
        (["--format", "markdown"], "**1 worse**"),
        (["--format", "json"], '"kind": "step"'),
        (["--alpha", "0.001"], "1 worse"),
    ],
)
def test_trend_in_every_format(verb, tmp_path, nights, options, text):
    result = verb("trend", tmp_path, *options)
    assert result.exit_code == 0
    assert text in result.stdout
    assert night_id(len(nights) - 1) in result.stdout


@pytest.fixture
def no_library(monkeypatch):
    monkeypatch.setattr(page, "vega_bundle", lambda: "window.vegaEmbed = null;")


@pytest.mark.usefixtures("nights", "no_library")
def test_a_page_goes_beside_the_runs(verb, tmp_path):
    result = verb("trend", tmp_path, "--format", "html")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"Written: {tmp_path / 'trend.html'}\n"
    html = (tmp_path / "trend.html").read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert night_id(2) in html
    # It is no run, and so the history stays what it was.
    assert verb("trend", tmp_path, "--format", "html").exit_code == 0


@pytest.mark.usefixtures("nights", "no_library")
@pytest.mark.parametrize("form", ["html", "markdown", "json"])
def test_a_trend_goes_where_one_wants_it(verb, tmp_path, form):
    file = tmp_path / "elsewhere" / "trend"
    result = verb("trend", tmp_path, "--format", form, "--output", file)
    assert (result.exit_code, result.stdout) == (0, "")
    assert night_id(2) in file.read_text(encoding="utf-8")
    assert not (tmp_path / "trend.html").exists()


def test_a_table_of_a_trend_goes_to_the_terminal_only(verb, tmp_path, nights):
    result = verb("trend", tmp_path, "--output", tmp_path / "x")
    assert result.exit_code == 2
    assert nights[0].exists()
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("alpha", ["0", "0.9", "x"])
def test_an_alpha_that_is_none(verb, tmp_path, alpha):
    assert verb("trend", tmp_path, "--alpha", alpha).exit_code == 2


def test_a_history_without_runs(verb, tmp_path):
    assert isinstance(verb("trend", tmp_path).exception, RecordsError)


# prune-history


@pytest.fixture
def clock(monkeypatch):
    """Twenty nights after the first one."""

    class _Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return FIRST.replace(day=21)

    monkeypatch.setattr("sizewise.records.history.datetime", _Clock)
    assert _Clock.now(UTC) > FIRST


@pytest.mark.parametrize("age", ["19d", "456h", " 19 d"])
@pytest.mark.usefixtures("clock")
def test_pruning_says_what_it_removes(verb, tmp_path, nights, age):
    result = verb("prune-history", tmp_path, "--keep", age)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [f"removed {nights[0]}"]
    assert "removed 1 run, 2 stay" in result.stderr
    assert list(run_folders(tmp_path)) == nights[1:]


@pytest.mark.usefixtures("clock")
def test_a_dry_run_removes_nothing(verb, tmp_path, nights):
    result = verb("prune-history", tmp_path, "--keep", "1w", "--dry-run")
    assert result.stdout.splitlines() == [f"would remove {night}" for night in nights[:2]]
    assert list(run_folders(tmp_path)) == nights


@pytest.mark.parametrize("age", ["", "90", "d", "-3d", "1.5d", "90 days", "9999999d"])
def test_an_age_that_is_none(verb, tmp_path, age):
    result = verb("prune-history", tmp_path, "--keep", age)
    assert result.exit_code == 2
    assert "is no age: write 90d, 12w or 36h" in result.stderr


@pytest.mark.parametrize("age", ["99999w", "99999d", "99999h"])
def test_very_long_ages(verb, tmp_path, nights, age):
    result = verb("prune-history", tmp_path, "--keep", age)
    assert (result.exit_code, result.stdout) == (0, "")
    assert list(run_folders(tmp_path)) == nights


# export


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("pytest-benchmark", '"commit_info"'),
        ("customSmallerIsBetter", f'"name": "{JOB}: brotli"'),
        ("openmetrics", "# EOF"),
    ],
)
def test_exports(verb, nights, form, text):
    result = verb("export", nights[0], "--as", form)
    assert result.exit_code == 0
    assert text in result.stdout
    if form != "openmetrics":
        json.loads(result.stdout)


def test_an_export_needs_a_format(verb, nights):
    assert verb("export", nights[0]).exit_code == 2
    assert verb("export", nights[0], "--as", "xml").exit_code == 2


def test_importing_the_verbs_loads_nothing_heavy():
    script = (
        "import sys, sizewise.verbs.watch;"
        "print([m for m in ('numpy', 'pandas', 'rich.table', 'scipy', 'tensorflow')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
