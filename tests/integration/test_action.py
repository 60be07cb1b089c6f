"""The steps of the GitHub Action, run in a shell exactly as they are written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from sizewise.reports.check.markdown import MARKER
from support.rows import make_failure, make_record, write_run

ROOT = Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = ACTION["runs"]["steps"]
BUDGETS = """\
budgets:
  "net/*": {brotli: +1 %, drop: 1 pp}
"""
EXPRESSION = re.compile(r"\$\{\{\s*(?P<name>[\w.-]+)\s*\}\}")

FAKE_GH = """\
#!/usr/bin/env bash
# Stands in for GitHub's command line: notes how it is called, and knows the comments in a file.
printf '%s\\n' "$@" >> "$GH_CALLS"
case " $* " in *" --jq "*) cat "$GH_COMMENTS" ;; esac
exit "${GH_EXIT:-0}"
"""


class Workflow:
    """What a runner of GitHub does with a composite action: expressions, files, a shell a step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.summary, self.calls, self.comments = (
            folder / name for name in ("summary.md", "calls.txt", "comments.txt")
        )
        self.comments.write_text("")
        programs = folder / "bin"
        programs.mkdir()
        (programs / "gh").write_text(FAKE_GH)
        (programs / "gh").chmod(0o755)
        self.path = f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.event = {"number": "", "head.repo.full_name": ""}
        self.environment: dict[str, str] = {}
        self.outputs: dict[str, str] = {}
        self.log = ""

    def run(self, **inputs):
        """The exit code of the first step that fails, or 0; nothing runs after that."""
        values = {name: each.get("default", "") for name, each in ACTION["inputs"].items()}
        for step in STEPS:
            done = self._step(step, values | inputs)
            self.log += done.stdout
            if done.returncode:
                return done.returncode
        return 0

    def _step(self, step, inputs):
        output = self.folder / "output.txt"
        output.write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env={
                "PATH": self.path,
                "HOME": os.environ.get("HOME", ""),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "GITHUB_WORKSPACE": str(self.folder),
                "GITHUB_REPOSITORY": "owner/name",
                "GH_CALLS": str(self.calls),
                "GH_COMMENTS": str(self.comments),
                **self.environment,
                **{key: self._expand(text, inputs) for key, text in step.get("env", {}).items()},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )
        for line in output.read_text().splitlines():
            name, _, value = line.partition("=")
            self.outputs[f"steps.{step.get('id')}.outputs.{name}"] = value
        return done

    def _expand(self, text, inputs):
        known = {
            **{f"inputs.{name}": value for name, value in inputs.items()},
            **{f"github.event.pull_request.{name}": value for name, value in self.event.items()},
            "github.token": "a-token",
            "runner.temp": str(self.folder / "temp"),
            **self.outputs,
        }
        return EXPRESSION.sub(lambda match: known[match["name"]], str(text))


@pytest.fixture
def workflow(tmp_path):
    return Workflow(tmp_path)


@pytest.fixture
def runs(tmp_path):
    """Write a base and a head run, the head's sizes being ``size``; the action's inputs."""

    def write(size, *others):
        base = [make_record("net/uint8@tfjs", size_brotli_bytes=20_000)]
        head = [make_record("net/uint8@tfjs", size_brotli_bytes=size), *others]
        write_run(tmp_path / "runs" / "base", *base)
        write_run(tmp_path / "runs" / "head", *head)
        (tmp_path / "budgets.yml").write_text(BUDGETS)
        return {
            "run": "runs/head/made-up",
            "baseline": "\nlatest:runs/base\n",
            "budgets": "budgets.yml",
        }

    return write


@pytest.fixture
def pull_request(workflow):
    workflow.event = {"number": "7", "head.repo.full_name": "owner/name"}
    return workflow


def reports(workflow):
    folder = Path(workflow.outputs["steps.check.outputs.reports"])
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_kept_budgets(workflow, runs):
    assert workflow.run(**runs(20_200)) == 0
    assert "### Budgets kept: 2 kept." in workflow.summary.read_text()
    assert workflow.outputs["steps.check.outputs.exit-code"] == "0"
    assert not workflow.calls.exists()


def test_a_broken_budget(workflow, runs):
    assert workflow.run(**runs(20_201)) == 1
    assert "::error file=budgets.yml,line=2,title=sizewise%3A net/uint8@tfjs brotli::" in (
        workflow.log
    )
    found = reports(workflow)
    assert "| 20.0 kB (20,000 B) | 20.2 kB (20,201 B) | +1.00 % (+201 B) |" in found["check.md"]
    assert found["check.md"] in workflow.summary.read_text()
    assert ET.fromstring(found["check.xml"]).get("failures") == "1"
    assert json.loads(found["check.json"])["exit_code"] == 1


def test_a_job_that_failed(workflow, runs):
    assert workflow.run(**runs(20_000, make_failure("net/uint16@tfjs"))) == 3


def test_wrong_input_leaves_no_report_of_an_earlier_check(pull_request, runs):
    inputs = runs(20_000)
    assert pull_request.run(**inputs) == 0
    pull_request.calls.unlink()
    assert pull_request.run(**inputs | {"budgets": "gone.yml"}) == 2
    assert "::error title=sizewise::gone.yml" in pull_request.log
    assert reports(pull_request) == {}
    assert not pull_request.calls.exists()


def test_a_pull_request_gets_one_comment(pull_request, runs):
    assert pull_request.run(**runs(20_201)) == 1
    assert "POST\nrepos/owner/name/issues/7/comments\n" in pull_request.calls.read_text()


def test_the_comment_is_replaced_by_the_next(pull_request, runs):
    pull_request.comments.write_text("1234\n5678\n")
    assert pull_request.run(**runs(20_000)) == 0
    assert "PATCH\nrepos/owner/name/issues/comments/1234\n" in pull_request.calls.read_text()


def test_the_comment_is_found_by_the_first_line_of_the_report():
    (comment,) = [step for step in STEPS if "gh api" in step["run"]]
    assert f'startswith("{MARKER}")' in comment["run"]


def test_a_fork_gets_the_summary_alone(pull_request, runs):
    pull_request.event["head.repo.full_name"] = "stranger/name"
    assert pull_request.run(**runs(20_201)) == 1
    assert not pull_request.calls.exists()
    assert "Budgets broken" in pull_request.summary.read_text()


def test_the_comment_can_be_declined(pull_request, runs):
    assert pull_request.run(**runs(20_000), comment="false") == 0
    assert not pull_request.calls.exists()


def test_the_verdict_does_not_hang_on_the_comment(pull_request, runs):
    pull_request.environment["GH_EXIT"] = "1"
    assert pull_request.run(**runs(20_000)) == 0
    assert "::warning::" in pull_request.log


def test_names_are_data_and_not_shell(workflow, runs):
    inputs = runs(20_000)
    assert workflow.run(**inputs | {"budgets": "$(touch hacked); `touch hacked`"}) == 2
    assert not (workflow.folder / "hacked").exists()
    assert not [step for step in STEPS if "${{" in step["run"]]


def test_the_examples_use_inputs_that_there_are():
    github = yaml.safe_load((ROOT / "docs" / "ci" / "github.yml").read_text())
    (used,) = [
        step["with"]
        for step in github["jobs"]["budgets"]["steps"]
        if step.get("uses", "").startswith("sizewise/")
    ]
    assert set(used) <= set(ACTION["inputs"])
    required = {name for name, each in ACTION["inputs"].items() if each.get("required")}
    assert required <= set(used)


def test_the_gitlab_job_checks_in_a_shell_as_it_is_written(workflow, runs):
    runs(20_201)
    (workflow.folder / "runs" / "head" / "made-up").rename(workflow.folder / "runs/head/my-models")
    script = yaml.safe_load((ROOT / "docs" / "ci" / "gitlab.yml").read_text())["budgets"]["script"]
    (check,) = [line for line in script if line.startswith("sizewise check")]
    done = workflow._step({"run": check}, {})
    assert done.returncode == 1, done.stdout
    assert "Budgets broken: 1 broken, 1 kept." in done.stdout
    assert {"check.md", "check.xml", "check.json"} <= {
        file.name for file in workflow.folder.iterdir()
    }
