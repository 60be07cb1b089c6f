"""Groups on a Dask cluster: a real scheduler, real workers, and fakes in place of TensorFlow."""

import signal
import sys
import time
from collections import Counter

import pytest

from sizewise.domain import Status
from sizewise.errors import SetupError, StoreError
from sizewise.records import load_run, tensors
from sizewise.run import RunOptions, run_suite
from support import crew
from support.fake_cluster import fake_cluster
from support.processes import left_running, start, wait_for
from support.rows import figures
from support.stages import make_suite

pytest.importorskip("distributed")


@pytest.fixture
def run(tmp_path, monkeypatch):
    def start(suite, listener=None, **options):
        crew.fake_workers(monkeypatch)
        outcome = run_suite(
            suite, output=tmp_path / "runs", listener=listener, options=RunOptions(**options)
        )
        return load_run(outcome.folder)

    return start


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    """A cluster without faults, whose workers were started in another folder than the tests'."""
    folder = tmp_path_factory.mktemp("cluster")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with fake_cluster(folder) as cluster:
            yield cluster


class Listener:
    """Hears of progress, and does something when the first job is finished."""

    def __init__(self, at_first=lambda: None):
        self.heard = []
        self.at_first = at_first

    def __getattr__(self, name):
        return lambda *said: self.heard.append((name, *said))

    def finished(self, record):
        if not any(said[0] == "finished" for said in self.heard):
            self.at_first()
        self.heard.append(("finished", record))


def test_a_cluster_gives_the_rows_of_one_machine(run, healthy, tmp_path):
    suite = make_suite("one", "two")
    alone = run(suite)
    store = str(tmp_path / "shared")
    listener = Listener()
    there = run(suite, listener, cluster=healthy.address, store=store)
    assert [figures(row) | {"timing": ""} for row in there.records] == [
        figures(row) | {"timing": ""} for row in alone.records
    ]
    for row in there.records:
        assert row.timing == "parallel"
        assert [path.name for path in (there.path / row.artifact_path).iterdir()] == ["model.bin"]
        assert tensors(there, row)
    said = Counter(event[0] for event in listener.heard)
    assert said["finished"] == 16
    assert said["working"] > 16
    again = run(suite, store=store)
    assert again.records == there.records


def test_a_lost_worker_costs_its_running_group_only(run, tmp_path, monkeypatch):
    calls = tmp_path / "calls"
    monkeypatch.setenv("FAKE_CALLS", str(calls))
    suite = make_suite("one", "two", "three")
    with fake_cluster(tmp_path, "encode/uint8@tfjs=slow", "encode/int8@tflite=slow") as cluster:
        listener = Listener(at_first=cluster.workers[0].kill)
        there = run(suite, listener, cluster=cluster.address, store=str(tmp_path / "shared"))
    assert Counter(row.status for row in there.records) == {Status.OK: 24}
    opened = Counter(calls.read_text().splitlines())
    assert sum(opened[f"open {name}"] for name in ("one", "two", "three")) <= 6 + 1


def test_a_job_at_fault_is_found_there_too(run, tmp_path):
    with fake_cluster(tmp_path, "encode/uint8@tfjs=segfault", "execute/first:int8@tflite=bug") as c:
        there = run(make_suite("one"), cluster=c.address, store=str(tmp_path / "shared"))
    rows = {row.job_id: row for row in there.records}
    assert rows["one/uint8@tfjs"].status is Status.CRASHED
    broken = rows["one/int8@tflite"]
    assert broken.status is Status.FAILED
    assert (there.path / broken.artifact_path).is_dir(), "what was made before it failed is here"
    assert Counter(row.status for row in there.records)[Status.OK] == 4


def test_a_run_that_is_cut_short_leaves_nothing_running_there(tmp_path, suite, mark):
    """Groups that are not begun are not, and those that run are ended, on all machines."""
    with fake_cluster(tmp_path, "encode/uint8@tfjs=hang") as cluster:
        mine = {process.pid for process in cluster.processes}
        store = ["--store", str(tmp_path / "shared"), "--cluster", cluster.address, "--fresh"]
        for end in (signal.SIGTERM, signal.SIGKILL):
            child = start("--", "run", str(suite), *store, cwd=tmp_path)
            for line in child.stderr:
                if line.startswith(b"[2/6]"):
                    break
            assert len(left_running(mark)) > len(mine | {child.pid})
            child.send_signal(end)
            child.communicate(timeout=30)
            wait_for(lambda: {process.pid for process in left_running(mark)} == mine, 10)
        time.sleep(1)
        assert {process.pid for process in left_running(mark)} == mine, "the third is not begun"


def test_no_scheduler(run, tmp_path, monkeypatch):
    monkeypatch.setattr("sizewise.run.cluster.CONNECT_SECONDS", 0.5)
    with pytest.raises(SetupError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1; start"):
        run(make_suite("one"), cluster="tcp://127.0.0.1:1", store=str(tmp_path / "shared"))


def test_without_dask(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SetupError, match=r"--cluster needs Dask.*pip install"):
        run(make_suite("one"), cluster="tcp://127.0.0.1:1", store=str(tmp_path / "shared"))


def test_a_store_that_is_not_shared(run, healthy, tmp_path, monkeypatch):
    """A relative path is another folder for a worker that was started elsewhere."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="this machine and all workers reach alike"):
        run(make_suite("one"), cluster=healthy.address, store="shared")
