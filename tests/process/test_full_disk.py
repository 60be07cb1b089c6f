"""A disk that is really full: a small file system in memory, where this user may mount one."""

import os
import subprocess

import pytest

from sizewise.domain import Status
from sizewise.records import load_run
from sizewise.store import open_store
from support.processes import newest, start, wait_until_gone

SIZE = 1_000_000
LEFT = 40_960
"""Enough for a few of the rows."""


@pytest.fixture
def disk(tmp_path):
    """A folder with ``LEFT`` bytes of room; it has more when the file ``filler`` is removed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    try:
        room = os.statvfs(folder)
        filler = room.f_bavail * room.f_frsize - LEFT
        (folder / "filler").write_bytes(bytes(filler))
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def run(tmp_path, suite, mark):
    """Exit code and stderr of the command line, of which nothing is running then."""

    def carry_out(*options):
        child = start("--", "run", str(suite), *map(str, options), cwd=tmp_path)
        _, err = child.communicate(timeout=60)
        wait_until_gone(mark, 2)
        assert b"Traceback" not in err
        return child.returncode, err.decode()

    return carry_out


def half_written(folder):
    """Files and folders under the names that they have until they are complete."""
    return [path for path in folder.rglob("*") if path.name.startswith(".")]


def test_a_disk_that_is_full_of_results(run, tmp_path, disk):
    command = ("--output", disk / "runs")
    code, err = run(*command)
    assert code == 2
    assert f"{disk}/runs/made-up/" in err.splitlines()[-1]
    assert "No space left on device; name another folder with --output" in err.splitlines()[-1]
    (runs,) = disk.glob("runs/made-up")
    (folder,) = runs.iterdir()
    assert half_written(disk) == []
    cut_short = load_run(folder)
    assert 0 < len(cut_short.records) < 6
    for row in cut_short.records:
        assert row.status is Status.OK or "No space left on device" in row.reason
    (disk / "filler").unlink()
    code, err = run(*command)
    assert code == 0, err
    again = load_run(runs)
    assert [row.status for row in again.records] == [Status.OK] * 6
    done = {row.job_id: row for row in again.records}
    for row in cut_short.records:
        if row.status is Status.OK:
            assert done[row.job_id] == row, "it was not done again"


def test_a_store_whose_disk_is_full(run, tmp_path, disk):
    """What cannot be kept is told, and the run has all of its rows."""
    store = disk / "store"
    (disk / "more").write_bytes(bytes(LEFT - 12_288))
    code, err = run("--store", store)
    assert code == 0
    told = next(line for line in err.splitlines() if line.startswith("a result is not kept: "))
    assert f"{store}: cannot write: No space left on device; name another store" in told
    assert [row.status for row in newest(tmp_path).records] == [Status.OK] * 6
    assert half_written(disk) == []
    checked, damaged = open_store(str(store)).verify()
    assert damaged == []
    (disk / "filler").unlink()
    code, err = run("--store", store)
    assert code == 0
    assert "not kept" not in err
    assert [row.status for row in newest(tmp_path).records] == [Status.OK] * 6
    assert open_store(str(store)).verify()[0] > checked
