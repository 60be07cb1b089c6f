import csv
import errno
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from sizewise.errors import RecordsError
from sizewise.records import RunFolder, layout, load_run
from support.rows import ENVIRONMENT, FINGERPRINT, make_failure, make_record, write_run


def create(root):
    return RunFolder.create(
        root,
        "made-up",
        "suite: made-up\n",
        environment=ENVIRONMENT,
        fingerprint=FINGERPRINT,
        job_ids=["net/float32@tfjs", "net/uint8@tfjs"],
    )


def test_a_new_folder_says_what_it_is(tmp_path):
    folder = create(tmp_path).path
    assert folder.parent == tmp_path / "made-up"
    assert layout.RUN_ID.fullmatch(folder.name)
    assert (folder / "suite.yaml").read_text() == "suite: made-up\n"
    header = json.loads((folder / "run.json").read_text())
    assert header.pop("started").endswith("+00:00")
    assert header.pop("sizewise")
    assert header == {
        "format": 1,
        "suite": "made-up",
        "run_id": folder.name,
        "finished": None,
        "state": "running",
        "jobs": ["net/float32@tfjs", "net/uint8@tfjs"],
        "environment": ENVIRONMENT,
        "fingerprint": FINGERPRINT,
        "options": {},
    }


def test_runs_that_start_together_get_folders_of_their_own(tmp_path, monkeypatch):
    digits = iter(["0000", "0000", "0000", "0001", "0002", "0003", "0004"])
    monkeypatch.setattr("secrets.token_hex", lambda size: next(digits) if size == 2 else "f" * 8)
    first, second = create(tmp_path).path, create(tmp_path).path
    assert first != second


def test_many_runs_at_once(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        folders = [folder.path for folder in pool.map(create, [tmp_path] * 64)]
    assert len(set(folders)) == 64
    assert all(load_run(folder).run_id == folder.name for folder in folders)


def test_each_row_is_a_line_as_soon_as_it_is_appended(tmp_path):
    folder = create(tmp_path)
    for count, job_id in enumerate(["net/float32@tfjs", "net/uint8@tfjs"], start=1):
        folder.append(make_record(job_id))
        lines = (folder.path / "records.jsonl").read_text().splitlines()
        assert [json.loads(line)["job_id"] for line in lines][-1] == job_id
        assert len(lines) == count


def test_a_row_that_cannot_be_written_leaves_no_trace(tmp_path, monkeypatch):
    folder = create(tmp_path)
    folder.append(make_record())
    write = os.write

    def full(descriptor, content):
        write(descriptor, bytes(content[:10]))
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("sizewise.records.folder.os.write", full)
        with pytest.raises(RecordsError, match="No space left"):
            folder.append(make_record("net/uint8@tfjs"))
    folder.append(make_record("net/uint8@tfjs"))
    assert [record.job_id for record in load_run(folder.path).records] == [
        "net/float32@tfjs",
        "net/uint8@tfjs",
    ]


def test_a_row_with_nan_is_refused_and_not_written(tmp_path):
    folder = create(tmp_path)
    with pytest.raises(ValueError, match="metric_drop"):
        folder.append(make_record(metric_drop=float("nan")))
    assert load_run(folder.path).records == ()


def test_an_unwritable_root_is_the_users_mistake(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordsError, match="--output"):
        create(tmp_path / "file")


@pytest.mark.parametrize("state", ["complete", "interrupted"])
def test_finishing_writes_the_exports_and_the_state(tmp_path, state):
    folder = write_run(tmp_path, make_record(), state=state)
    run = load_run(folder)
    assert run.state == state
    assert run.finished >= run.started
    assert {entry.name for entry in folder.iterdir()} == {
        "run.json",
        "suite.yaml",
        "records.jsonl",
        "records.parquet",
        "records.csv",
    }


def test_the_csv_has_a_line_a_row_and_nothing_for_nothing(tmp_path):
    folder = write_run(
        tmp_path, make_record(), make_failure("net/uint8@tfjs", reason='a "quoted",\nlong one')
    )
    rows = list(csv.DictReader(io.StringIO((folder / "records.csv").read_text())))
    assert [row["size_raw_bytes"] for row in rows] == ["120000", ""]
    assert rows[1]["reason"] == 'a "quoted",\nlong one'
    assert json.loads(rows[0]["files"]) == ["model.json", "group1-shard1of1.bin"]
