"""What can go wrong while a run is under way: the right rows, and nothing left running."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from sizewise.domain import Status
from sizewise.errors import RecordsError
from sizewise.records import load_run
from sizewise.run import RunOptions, TimingMode, run_suite
from support import crew
from support.rows import figures
from support.stages import make_suite

MARK = "FAKE_RUN_OF"
"""An environment variable by which a test finds all that it has started."""

SUITE = crew.SUITE.replace("[none, prune50]", "[none, prune50, prune60]")


@pytest.fixture
def mark(tmp_path, monkeypatch):
    monkeypatch.setenv(MARK, str(tmp_path))
    return str(tmp_path)


def left_running(mark):
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.pid != os.getpid():
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


def wait_until_gone(mark, seconds):
    deadline = time.monotonic() + seconds
    while left := left_running(mark):
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.02)


def start(*arguments, cwd, **options):
    """The command line with fake workers, in a process of its own."""
    command = [sys.executable, crew.__file__, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(crew.TESTS), **options.pop("env", {})}
    return subprocess.Popen(
        command, cwd=cwd, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, **options
    )


@pytest.fixture
def suite(tmp_path):
    path = tmp_path / "suite.yaml"
    path.write_text(SUITE)
    return path


def newest(folder):
    return load_run(folder / "results" / "runs" / "made-up")


def test_kill_at_any_moment_then_the_same_command(tmp_path, suite, mark):
    slow = ["encode/uint8@tfjs=slow", "encode/float32@tfjs=slow", "--", "run", str(suite)]
    undisturbed = tmp_path / "undisturbed"
    undisturbed.mkdir()
    env = {"SIZEWISE_CACHE": str(undisturbed / "cache")}
    began = time.monotonic()
    assert start(*slow, cwd=undisturbed, env=env).wait() == 0
    took = time.monotonic() - began
    expected = [figures(row) for row in newest(undisturbed).records]
    assert len(expected) == 6

    moments = random.Random(6)
    for attempt in range(20):
        cache = tmp_path / f"cache-{attempt // 5}"  # up to five kills before a run may finish
        env = {"SIZEWISE_CACHE": str(cache)}
        child = start(*slow, cwd=tmp_path, env=env)
        time.sleep(moments.uniform(0, took))
        child.kill()
        child.communicate()
        wait_until_gone(mark, 5)
        if attempt % 5 == 4:
            assert start(*slow, cwd=tmp_path, env=env).wait() == 0
            run = newest(tmp_path)
            assert run.state == "complete"
            assert [figures(row) for row in run.records] == expected


@pytest.mark.parametrize("workers", [["--workers", "1"], ["--workers", "2"]])
def test_sigterm_ends_everything_in_good_order(tmp_path, suite, mark, workers):
    child = start("encode/uint8@tfjs=hang", "--", "run", str(suite), *workers, cwd=tmp_path)
    for line in child.stderr:
        if line.startswith(b"[1/6]"):
            break
    began = time.monotonic()
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=30)
    assert time.monotonic() - began < 5
    wait_until_gone(mark, 1)
    assert child.returncode == 130
    assert b"Traceback" not in err
    run = newest(tmp_path)
    assert run.state == "interrupted"
    assert len(run.records) >= 1


@pytest.fixture
def run(tmp_path, monkeypatch, mark):
    def start(suite, *faults, output=None, **options):
        crew.fake_workers(monkeypatch, *faults)
        outcome = run_suite(
            suite, output=output or tmp_path / "runs", options=RunOptions(**options)
        )
        wait_until_gone(mark, 2)
        return load_run(outcome.folder)

    return start


def statuses(run):
    return Counter(row.status for row in run.records)


@pytest.mark.parametrize(
    ("fault", "status", "word"),
    [
        ("segfault", Status.CRASHED, "SIGSEGV"),
        ("hang", Status.TIMEOUT, "time limit of 3 s"),
        ("eat", Status.CRASHED, "over the limit of 400 MB"),
    ],
)
def test_several_workers_each_lose_the_job_at_fault(run, fault, status, word):
    limits = {"memory_limit_bytes": 400 * 1000**2} if fault == "eat" else {}
    seconds = 3.0 if fault == "hang" else 30.0
    loaded = run(
        make_suite("one", "two"),
        f"encode/uint8@tfjs={fault}",
        workers=2,
        time_limit_seconds=seconds,
        **limits,
    )
    assert statuses(loaded) == {Status.OK: 12, status: 4}
    lost = [row for row in loaded.records if row.status is status]
    assert {row.encoding for row in lost} == {"uint8"}
    assert all(word in row.reason for row in lost)
    assert {row.timing for row in loaded.records} == {"parallel"}


def test_several_workers_give_the_rows_of_one(run, tmp_path):
    suite = make_suite("one", "two", "three")
    alone = run(suite)
    together = run(suite, workers=3, fresh=True)
    assert [figures(row) | {"timing": ""} for row in alone.records] == [
        figures(row) | {"timing": ""} for row in together.records
    ]


def test_as_many_workers_as_cores_where_times_may_be_parallel(run):
    loaded = run(make_suite("one", "two"), timing=TimingMode.PARALLEL)
    assert statuses(loaded) == {Status.OK: 16}


def test_two_runs_at_once_on_one_store(run, tmp_path, monkeypatch):
    crew.fake_workers(monkeypatch)

    def one(name):
        outcome = run_suite(make_suite("one", "two"), output=tmp_path / name)
        return load_run(outcome.folder)

    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(one, ["a", "b"]))
    rows = [[figures(row) for row in loaded.records] for loaded in runs]
    assert rows[0] == rows[1]
    assert statuses(runs[0]) == {Status.OK: 16}


def test_a_truncated_journal_costs_the_last_row(run):
    loaded = run(make_suite("net"))
    journal = loaded.path / "records.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    again = load_run(loaded.path)
    assert len(again.missing) == 1
    assert {row.job_id for row in run(make_suite("net")).records} == set(again.job_ids)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes wherever it wants")
def test_an_output_folder_that_is_read_only(run, tmp_path):
    folder = tmp_path / "read-only"
    folder.mkdir()
    folder.chmod(0o500)
    with pytest.raises(RecordsError, match=r"Permission denied.*--output"):
        run(make_suite("net"), output=folder / "runs")


def test_an_output_folder_that_cannot_be(run, tmp_path, mark):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordsError, match=r"cannot write: .*--output"):
        run(make_suite("net"), output=tmp_path / "file")
    wait_until_gone(mark, 2)


def test_a_full_disk_is_a_named_error(tmp_path, suite, mark):
    """No file may grow beyond 4 kB: the journal reaches that after a few rows."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    child = start("--", "run", str(suite), cwd=tmp_path, preexec_fn=limit)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 2
    assert b"Traceback" not in err
    assert b"cannot write: File too large" in err.splitlines()[-1]
    wait_until_gone(mark, 2)
    rows = newest(tmp_path).records
    assert 0 < len(rows) < 6
    assert all(row.status is Status.OK for row in rows)


def test_a_thousand_jobs(run, tmp_path):
    suite = make_suite(*(f"net{number}" for number in range(125)))
    began = time.monotonic()
    before = psutil.Process().memory_info().rss
    loaded = run(suite)
    assert statuses(loaded) == {Status.OK: 1000}
    assert time.monotonic() - began < 60
    assert psutil.Process().memory_info().rss - before < 60 * 1000**2
