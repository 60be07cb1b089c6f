"""Code that a suite names runs in the workers of a run, and nowhere else."""

import sys

import pytest

from sizewise.config import load_suite
from sizewise.plan import make_plan
from sizewise.records import load_run
from sizewise.run import run_suite
from support import crew

SUITE = """\
suite: named
models:
  net: {source: "trap:build", data: "trap:samples", metric: "trap:metric", max-drop: 1}
transforms:
  - none
  - {name: tuned, steps: [{prune: {sparsity: 0.5, finetune: {epochs: 1, loop: "trap:loop"}}}]}
encodings: {tfjs: [float32]}
"""


@pytest.fixture
def trace(tmp_path, monkeypatch):
    (tmp_path / "trap.py").write_text(f"open({str(tmp_path / 'trace')!r}, 'w').close()\n")
    (tmp_path / "suite.yaml").write_text(SUITE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path / "trace"


def test_planning_and_reading_records_import_nothing(tmp_path, trace, monkeypatch):
    suite = load_suite(tmp_path / "suite.yaml")
    assert len(make_plan(suite).jobs) == 2
    assert not trace.exists()
    crew.fake_workers(monkeypatch)
    outcome = run_suite(suite, output=tmp_path / "runs")
    assert trace.exists(), "the metric was imported by the worker"
    trace.unlink()

    from sizewise.verbs.look import write_page

    run = load_run(outcome.folder)
    assert len(run.records) == 2
    write_page(run, None)
    assert "trap" not in sys.modules
    assert not trace.exists()
