import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sizewise.domain import Status
from sizewise.errors import SourceError
from sizewise.plan import make_plan
from sizewise.records import load_run
from sizewise.run import run_suite
from sizewise.run.options import RunOptions
from sizewise.run.slot import InternalError
from support import crew
from support import stages as fakes
from support.stages import make_suite


class Listener:
    def __init__(self):
        self.heard = []

    def __getattr__(self, name):
        return lambda *said: self.heard.append((name, *said))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a suite in worker processes with fake stages, some of them faulty."""

    def start(suite, *faults, listener=None, **options):
        crew.fake_workers(monkeypatch, *faults)
        return run_suite(
            suite, output=tmp_path / "runs", listener=listener, options=RunOptions(**options)
        )

    return start


def test_a_run_is_on_disk_when_it_ends(run):
    suite = make_suite("one", "two")
    listener = Listener()
    outcome = run(suite, listener=listener)
    assert (outcome.failed, outcome.interrupted) == (0, False)
    loaded = load_run(outcome.folder)
    assert loaded.state == "complete"
    assert {row.job_id for row in loaded.records} == {str(job.id) for job in make_plan(suite).jobs}
    assert all(row.status is Status.OK for row in loaded.records)
    assert [said[0] for said in listener.heard[:2]] == ["preparing", "started"]
    assert sum(said[0] == "finished" for said in listener.heard) == 16


def test_a_user_mistake_leaves_nothing_behind(run, tmp_path):
    with pytest.raises(SourceError, match=r"fake\.yaml:3: no such model"):
        run(make_suite("net"), "check/net=source")
    assert not (tmp_path / "runs").exists()


def test_a_defect_in_the_worker_is_one_line_with_its_trace_behind_it(run, tmp_path):
    with pytest.raises(InternalError, match=r"^a worker failed: ZeroDivisionError: ") as info:
        run(make_suite("net"), "check/net=bug")
    assert "Traceback" in str(info.value.__cause__)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [
        ("segfault", Status.CRASHED, "SIGSEGV"),
        ("exit", Status.CRASHED, "exit code 7"),
        ("hang", Status.TIMEOUT, "not done within the time limit of 3 s"),
    ],
)
def test_a_lost_worker_costs_the_job_at_fault(run, fault, status, word):
    suite = make_suite("net", transforms=fakes.TRANSFORMS[:1])
    limit = 3.0 if fault == "hang" else 20.0
    outcome = run(suite, f"encode/uint8@tfjs={fault}", time_limit_seconds=limit)
    rows = {row.job_id: row for row in load_run(outcome.folder).records}
    assert outcome.failed == 1
    assert rows["net/uint8@tfjs"].status is status
    assert word in rows["net/uint8@tfjs"].reason
    others = [row.status for name, row in rows.items() if name != "net/uint8@tfjs"]
    assert others == [Status.OK] * 3
    assert (outcome.folder / "worker.log").is_file()


def test_the_log_is_kept_where_a_defect_ends_the_run(run, tmp_path):
    with pytest.raises(InternalError):
        run(make_suite("net"), "warm_up/=bug")
    (folder,) = (tmp_path / "runs" / "fake").iterdir()
    assert (folder / "worker.log").is_file()
    assert load_run(folder).state == "interrupted"


def test_nothing_that_a_run_writes_holds_the_environment(run, tmp_path, monkeypatch):
    from sizewise.verbs.look import write_page

    monkeypatch.setenv("MADE_UP_TOKEN", "marker-4711")
    faults = ("encode/uint8@tfjs=segfault", "execute/first:int8@tflite=bug")
    outcome = run(make_suite("net"), *faults, store=str(tmp_path / "store"))
    assert (outcome.folder / "worker.log").is_file()
    write_page(load_run(outcome.folder), None)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    names = {path.name for path in written}
    assert {"run.json", "records.jsonl", "worker.log", "report.html"} <= names
    for path in written:
        content = path.read_bytes()
        assert b"marker-4711" not in content, path
        assert b"MADE_UP_TOKEN" not in content, path


def test_ctrl_c_keeps_what_is_finished(run):
    class Impatient(Listener):
        def finished(self, record):
            raise KeyboardInterrupt

    outcome = run(make_suite("net"), listener=Impatient())
    assert outcome.interrupted
    loaded = load_run(outcome.folder)
    assert loaded.state == "interrupted"
    assert len(loaded.records) == 1
    assert len(loaded.missing) == 7


def test_a_worker_does_not_outlive_its_parent(tmp_path):
    script = (
        "import sys, time; from pathlib import Path\n"
        "from sizewise.run.process import WorkerProcess\n"
        f"log, fakes = Path(r'{tmp_path}') / 'log', r'{fakes.__file__}'\n"
        "worker = WorkerProcess(log, (sys.executable, fakes))\n"
        "print(worker._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(fakes.__file__).parents[1])}
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment
    )
    worker = psutil.Process(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    deadline = time.monotonic() + 10
    while worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the worker is still there"
        time.sleep(0.05)
