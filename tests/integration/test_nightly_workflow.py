"""The steps of the nightly workflow, run in a shell as they are written, on a made-up history."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from sizewise.records import load_run
from support.histories import night_id, write_night
from support.rows import make_failure, make_record
from support.terminal import environment

JOBS = ("digits-cnn/uint8@tfjs", "diabetes-mlp/int8@tflite")


@pytest.fixture(scope="module")
def workflow(root):
    return yaml.safe_load((root / ".github/workflows/nightly.yml").read_text())


@pytest.fixture
def step(workflow, tmp_path):
    """Run a step by its name: exit code, output, and the job's summary."""
    job = workflow["jobs"]["watch"]
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)

    def run(name, **variables):
        (found,) = (each for each in job["steps"] if each.get("name") == name)
        summary = tmp_path / "summary.md"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", found["run"]],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={
                **environment(),
                # As wide as a workflow's log: no run id is broken over two lines.
                "COLUMNS": "200",
                "HISTORY": job["env"]["HISTORY"],
                "GITHUB_STEP_SUMMARY": str(summary),
                **variables,
            },
        )
        return done, summary.read_text() if summary.exists() else ""

    return run


@pytest.fixture
def history(tmp_path, workflow):
    return tmp_path / workflow["jobs"]["watch"]["env"]["HISTORY"]


def rows(size=22_564):
    return [make_record(job_id, size_brotli_bytes=size) for job_id in JOBS]


def test_the_suite_is_there_and_its_name_is_the_one_that_steps_use(root, workflow):
    env = workflow["jobs"]["watch"]["env"]
    suite = yaml.safe_load((root / env["SUITE"]).read_text())
    assert suite["suite"] == "nightly"
    assert sum(len(encodings) for encodings in suite["encodings"].values()) == 8


def test_it_needs_no_secret(root, workflow):
    assert "secrets." not in (root / ".github/workflows/nightly.yml").read_text()
    assert workflow["permissions"] == {"contents": "read"}


def test_trimming_keeps_the_records_of_half_a_year(step, history):
    first = datetime.now(UTC) - timedelta(days=200)
    for night in (0, 30, 60):
        started = (first + timedelta(days=night)).isoformat()
        folder = write_night(history, night, rows(), started=started)
        (folder / "artifacts" / "x").mkdir(parents=True)
    done, _ = step("Trim the history")
    assert done.returncode == 0, done.stderr
    left = sorted((history / "nightly").iterdir())
    assert [folder.name for folder in left] == [night_id(30), night_id(60)]
    assert {path.name for folder in left for path in folder.iterdir()} == {
        "run.json",
        "records.jsonl",
    }
    assert load_run(left[-1]).records == tuple(rows())


def test_changes_are_told_in_the_summary(step, history, tmp_path):
    for night, size in enumerate([100, 100, 100, 103]):
        write_night(history, night, rows(size))
    done, summary = step("Tell what changed")
    assert done.returncode == 0, done.stderr
    assert summary.startswith("**2 worse**")
    assert night_id(3) in done.stdout
    assert len(json.loads((tmp_path / "trend.json").read_text())["runs"]) == 4


def test_tonights_figures_are_exported(step, history, tmp_path):
    for night in (0, 1):
        write_night(history, night, rows())
    done, _ = step("Export tonight's figures")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "benchmark.json").read_text())[0]["name"].startswith(JOBS[0])
    assert night_id(1) in (tmp_path / "metrics.txt").read_text()


@pytest.mark.parametrize(
    ("nights", "code", "red"),
    [
        ([rows()], "0", False),
        ([rows()], "3", True),
        ([rows(), rows()], "0", False),
        ([rows(), rows(22_000)], "0", False),
        ([rows(), rows(23_000)], "0", True),
        ([rows(), [rows()[0], make_failure(JOBS[1])]], "3", True),
    ],
)
def test_it_gets_red_for_the_worse_only(step, history, nights, code, red):
    for night, records in enumerate(nights):
        write_night(history, night, records)
    done, _ = step("Compare with the night before", CODE=code)
    assert done.returncode == int(red), done.stderr
