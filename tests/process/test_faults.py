"""What can go wrong while a run is under way: the right rows, and nothing left running."""

import os
import resource
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from sizewise.domain import Status
from sizewise.errors import RecordsError
from sizewise.records import load_run
from sizewise.run import RunOptions, TimingMode, run_suite
from support import crew
from support.processes import newest, start, wait_until_gone
from support.rows import figures
from support.stages import make_suite


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
