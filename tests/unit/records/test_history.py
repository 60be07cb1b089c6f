import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta

import pytest

from sizewise.errors import RecordsError
from sizewise.records import layout
from sizewise.records.history import load_history, plan_pruning, remove_runs, run_folders
from support.histories import FIRST, night_id, write_night
from support.rows import make_record, write_run

ROW = make_record("net/uint8@tfjs")
NIGHT = timedelta(days=1)


def nights(root, count, **options):
    return [write_night(root, night, [ROW], **options) for night in range(count)]


def ids(runs):
    return [run.run_id for run in runs]


# Reading


def test_runs_at_any_depth_the_oldest_first(tmp_path):
    write_night(tmp_path / "somewhere" / "deeper", 3, [ROW], suite="b")
    write_night(tmp_path, 1, [ROW], suite="z")
    write_night(tmp_path, 2, [ROW], suite="a")
    history = load_history(tmp_path)
    assert ids(history.runs) == [night_id(night) for night in (1, 2, 3)]
    assert (history.repeated, history.unreadable) == ((), ())


def test_a_suites_folder_and_a_single_run_are_histories_too(tmp_path):
    folders = nights(tmp_path, 3)
    assert len(load_history(tmp_path / "nightly").runs) == 3
    assert ids(load_history(folders[1]).runs) == [night_id(1)]


def test_only_the_header_and_the_journal_are_needed(tmp_path):
    folder = write_run(tmp_path, ROW)
    for name in (layout.SUITE, layout.PARQUET, layout.CSV):
        (folder / name).unlink()
    (run,) = load_history(tmp_path).runs
    assert run.records == (ROW,)


def test_a_merged_history_counts_each_run_once(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    nights(here, 4)
    nights(there, 6)
    shutil.copytree(there, here / "from-another-machine")
    history = load_history(here)
    assert ids(history.runs) == [night_id(night) for night in range(6)]
    assert len(history.repeated) == 4


def test_of_two_copies_the_one_that_got_further_counts(tmp_path):
    write_night(tmp_path / "a", 0, [ROW], state="running")
    write_night(tmp_path / "b", 0, [ROW, make_record("net/float16@tfjs")])
    write_night(tmp_path / "c", 0, [], state="running")
    history = load_history(tmp_path)
    (run,) = history.runs
    assert len(run.records) == 2
    assert {path.parts[-3] for path in history.repeated} == {"a", "c"}


def test_runs_of_one_id_in_two_suites_are_two(tmp_path):
    for suite in ("a", "b"):
        write_night(tmp_path, 0, [ROW], suite=suite)
    assert len(load_history(tmp_path).runs) == 2


def test_a_corrupt_run_is_left_out_and_named(tmp_path):
    folders = nights(tmp_path, 3)
    (folders[0] / layout.HEADER).write_text("{")
    (folders[1] / layout.JOURNAL).write_text("{}\n")
    history = load_history(tmp_path)
    assert ids(history.runs) == [night_id(2)]
    assert [str(error).rsplit(": is corrupt")[0] for error in history.unreadable] == [
        str(folders[0] / layout.HEADER),
        f"{folders[1] / layout.JOURNAL}:1",
    ]


def test_a_start_without_a_time_zone_is_left_out(tmp_path):
    nights(tmp_path, 1)
    write_night(tmp_path, 1, [ROW], started="2026-09-02T03:12:00")
    history = load_history(tmp_path)
    assert ids(history.runs) == [night_id(0)]
    assert "time zone" in str(history.unreadable[0])


def test_where_there_is_nothing_to_read(tmp_path):
    with pytest.raises(RecordsError, match=r"there is no run here or below; name a folder"):
        load_history(tmp_path)
    with pytest.raises(RecordsError, match=r"nowhere: cannot be read: No such file"):
        load_history(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordsError, match=r"file: cannot be read: Not a directory"):
        load_history(tmp_path / "file")
    (nights(tmp_path, 1)[0] / layout.HEADER).write_text("{")
    with pytest.raises(RecordsError, match=r"run\.json: is corrupt"):
        load_history(tmp_path)


def test_links_and_hidden_folders_are_passed_over(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    nights(elsewhere, 2)
    root = tmp_path / "root"
    nights(root, 1)
    (root / "linked").symlink_to(elsewhere)
    (root / "loop").symlink_to(root)
    (root / "nightly" / "latest").symlink_to(root / "nightly" / night_id(0))
    hidden = root / "nightly" / ".half-made"
    shutil.copytree(elsewhere / "nightly" / night_id(1), hidden)
    fake = root / "nightly" / "linked-header"
    fake.mkdir()
    (fake / layout.HEADER).symlink_to(elsewhere / "nightly" / night_id(0) / layout.HEADER)
    assert [path.name for path in run_folders(root)] == [night_id(0)]


def test_reading_a_history_loads_neither_numpy_nor_pandas(tmp_path):
    nights(tmp_path, 2)
    script = (
        "import sys; from sizewise.records.history import load_history;"
        f"load_history({str(tmp_path)!r});"
        "print([m for m in ('numpy', 'pandas', 'pyarrow', 'tensorflow') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# Pruning


def planned(root, keep=10 * NIGHT, now=FIRST + 20 * NIGHT):
    pruning = plan_pruning(root, keep, now=now)
    return [heading.run_id for heading in pruning.removed], pruning.kept


def test_old_runs_go_and_young_ones_stay(tmp_path):
    nights(tmp_path, 20)
    removed, kept = planned(tmp_path)
    assert removed == [night_id(night) for night in range(10)]
    assert kept == 10
    assert list(remove_runs(plan_pruning(tmp_path, 10 * NIGHT, now=FIRST + 20 * NIGHT).removed))
    assert ids(load_history(tmp_path).runs) == [night_id(night) for night in range(10, 20)]
    assert planned(tmp_path) == ([], 10)


def test_planning_removes_nothing(tmp_path):
    nights(tmp_path, 3)
    assert len(planned(tmp_path)[0]) == 2
    assert len(load_history(tmp_path).runs) == 3


def test_the_newest_complete_run_of_each_suite_stays_however_old(tmp_path):
    nights(tmp_path, 3, suite="a")
    nights(tmp_path, 2, suite="b")
    write_night(tmp_path, 4, [ROW], suite="a", state="interrupted")
    removed, kept = planned(tmp_path, keep=NIGHT, now=FIRST + 400 * NIGHT)
    assert removed == [night_id(0), night_id(0), night_id(1)]
    assert kept == 3
    assert {path.parent.name for path in run_folders(tmp_path)} == {"a", "b"}


@pytest.mark.parametrize("state", ["running", "interrupted"])
def test_what_is_not_complete_stays(tmp_path, state):
    nights(tmp_path, 2)
    write_night(tmp_path, 0, [ROW], suite="cut", state=state)
    write_night(tmp_path, 1, [ROW], suite="cut")
    assert planned(tmp_path)[0] == [night_id(0)]


@pytest.mark.parametrize(
    "header",
    [
        {"format": 99},
        {"format": ...},
        {"state": "sleeping"},
        {"started": "yesterday"},
        {"started": "2026-09-01T00:00:00"},
        {"started": ...},
    ],
)
def test_what_is_no_run_for_sure_stays(tmp_path, header):
    nights(tmp_path, 2)
    write_night(tmp_path, 0, [ROW], suite="odd", **header)
    assert planned(tmp_path) == ([night_id(0)], 2)


@pytest.mark.parametrize("content", ["{", "[]", "null", "[" * 100_000])
def test_so_does_a_header_of_garbage(tmp_path, content):
    nights(tmp_path, 2)
    (write_night(tmp_path, 0, [ROW], suite="odd") / layout.HEADER).write_text(content)
    assert planned(tmp_path) == ([night_id(0)], 2)


def test_a_run_with_another_inside_stays(tmp_path):
    folders = nights(tmp_path, 3)
    shutil.copytree(folders[2], folders[0] / "kept" / "here")
    assert planned(tmp_path) == ([night_id(1)], 2)


def test_what_links_lead_to_stays(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    precious = write_night(elsewhere, 0, [ROW])
    root = tmp_path / "root"
    old, _ = nights(root, 2)
    (old / "artifacts").symlink_to(elsewhere)
    (old / "note.txt").symlink_to(precious / layout.HEADER)
    (root / "nightly" / "linked").symlink_to(precious)
    pruning = plan_pruning(root, NIGHT, now=FIRST + 20 * NIGHT)
    assert [heading.path for heading in remove_runs(pruning.removed)] == [old]
    assert not old.exists()
    assert json.loads((precious / layout.HEADER).read_text())["run_id"] == night_id(0)
    assert (root / "nightly" / "linked").is_symlink()


def test_other_files_beside_the_runs_stay(tmp_path):
    nights(tmp_path, 3)
    (tmp_path / "nightly" / "README").write_text("mine")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "run.txt").write_text("mine")
    list(remove_runs(plan_pruning(tmp_path, NIGHT, now=FIRST + 20 * NIGHT).removed))
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "README",
        "records.jsonl",
        "run.json",
        "run.txt",
    ]


def test_a_run_that_started_in_the_future_stays(tmp_path):
    nights(tmp_path, 3)
    assert planned(tmp_path, keep=timedelta(0), now=FIRST) == ([], 3)


def test_a_folder_that_cannot_be_removed_is_named(tmp_path, monkeypatch):
    nights(tmp_path, 2)
    pruning = plan_pruning(tmp_path, NIGHT, now=FIRST + 20 * NIGHT)

    def refuse(*_):
        raise PermissionError(13, os.strerror(13), str(pruning.removed[0].path))

    monkeypatch.setattr("pathlib.Path.rename", refuse)
    with pytest.raises(RecordsError, match=rf"{night_id(0)}: cannot be removed: Permission denied"):
        list(remove_runs(pruning.removed))
    assert len(load_history(tmp_path).runs) == 2
