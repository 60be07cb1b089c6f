import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sizewise.errors import RecordsError
from sizewise.records import COLUMNS, RunState, layout, load_run, to_row
from support.rows import ENVIRONMENT, FINGERPRINT, make_failure, make_record, write_run
from support.strategies import any_record

ROWS = (make_record("net/float32@tfjs"), make_record("net/uint8@tfjs"))


def change_header(folder, **changes):
    path = folder / "run.json"
    header = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({key: value for key, value in header.items() if value is not ...}))


@settings(max_examples=25)
@given(record=any_record)
def test_what_is_written_is_read(tmp_path_factory, record):
    assert load_run(write_run(tmp_path_factory.mktemp("runs"), record)).records == (record,)


def test_a_run_knows_itself(tmp_path):
    folder = write_run(tmp_path, *ROWS)
    run = load_run(str(folder))
    assert (run.path, run.suite, run.run_id) == (folder, "made-up", folder.name)
    assert run.environment == ENVIRONMENT
    assert run.fingerprint == FINGERPRINT
    assert run.started.utcoffset() is not None
    assert run.missing == ()


def test_rows_come_in_the_suites_order(tmp_path):
    folder = write_run(tmp_path, *ROWS)
    change_header(folder, jobs=["net/uint8@tfjs", "net/float32@tfjs"])
    assert [row.job_id for row in load_run(folder).records] == [
        "net/uint8@tfjs",
        "net/float32@tfjs",
    ]


def test_a_killed_run_is_read_up_to_its_last_whole_row(tmp_path):
    folder = write_run(tmp_path, *ROWS, state="running")
    journal = folder / "records.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    run = load_run(folder)
    assert run.records == ROWS[:1]
    assert run.missing == ("net/uint8@tfjs",)
    assert run.state is RunState.RUNNING


def test_a_run_without_rows_is_read(tmp_path):
    run = load_run(write_run(tmp_path, state="running"))
    assert run.records == ()
    assert run.finished is None


def test_a_suites_folder_means_its_newest_run(tmp_path):
    old, middle, new = (write_run(tmp_path, make_record()) for _ in range(3))
    folders = [
        folder.rename(folder.parent / layout.run_id(datetime(2026, 1, day, tzinfo=UTC), "00ff"))
        for folder, day in ((new, 30), (old, 1), (middle, 15))
    ]
    assert load_run(tmp_path / "made-up").path == folders[0]


def test_of_runs_in_the_same_second_the_later_one_is_newest(tmp_path):
    first, second = write_run(tmp_path, make_record()), write_run(tmp_path, make_record())
    first = first.rename(first.parent / "20260101T000000Z-ffff")
    second = second.rename(second.parent / "20260101T000000Z-0000")
    assert load_run(tmp_path / "made-up").path == second


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "written by a newer sizewise: format 2, .*; upgrade sizewise"),
        ({"format": ...}, "is no run.json of sizewise"),
        ({"format": "1"}, "is no run.json of sizewise"),
        ({"state": "sleeping"}, "is corrupt: 'sleeping'"),
        ({"jobs": ...}, "is corrupt: 'jobs'"),
        ({"jobs": 5}, "is corrupt"),
        ({"started": "yesterday"}, "is corrupt"),
        ({"environment": 5}, "is corrupt"),
    ],
)
def test_a_header_that_is_none_is_named(tmp_path, changes, message):
    folder = write_run(tmp_path, make_record())
    change_header(folder, **changes)
    with pytest.raises(RecordsError, match=rf"run\.json: .*{message}"):
        load_run(folder)


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_a_header_of_garbage_is_named(tmp_path, content):
    folder = write_run(tmp_path, make_record())
    (folder / "run.json").write_bytes(content)
    with pytest.raises(RecordsError, match=r"run\.json"):
        load_run(folder)


@pytest.mark.parametrize(
    "line",
    [b"{", b"5", b"\xff", b"{}", b'{"job_id": NaN}', b"[" * 100_000, b"", b'{"job_id": "a"}'],
)
def test_a_corrupt_row_is_named_with_its_line(tmp_path, line):
    folder = write_run(tmp_path, *ROWS)
    journal = folder / "records.jsonl"
    first, second, _ = journal.read_bytes().split(b"\n")
    journal.write_bytes(b"\n".join([first, line, second, b""]))
    with pytest.raises(RecordsError, match=r"records\.jsonl:2: is corrupt"):
        load_run(folder)


def test_a_line_holds_one_row_with_or_without_blanks_around_it(tmp_path):
    folder = write_run(tmp_path, *ROWS)
    journal = folder / "records.jsonl"
    first, second, _ = journal.read_bytes().split(b"\n")
    journal.write_bytes(first + b"\r\n  " + second + b" \n")
    assert load_run(folder).records == ROWS
    journal.write_bytes(first + b"\n" + first + second + b"\n")
    with pytest.raises(RecordsError, match=r"records\.jsonl:2: is corrupt: Extra data"):
        load_run(folder)


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
broken_row = st.tuples(st.sampled_from([column.name for column in COLUMNS]), any_json).map(
    lambda change: json.dumps(to_row(make_record()) | {change[0]: change[1]}).encode()
)


@pytest.mark.parametrize("name", ["run.json", "records.jsonl"])
@settings(max_examples=40)
@given(content=st.binary() | any_json.map(lambda value: json.dumps(value).encode()) | broken_row)
def test_whatever_a_file_holds_it_is_read_or_named(tmp_path_factory, name, content):
    folder = write_run(tmp_path_factory.mktemp("runs"), make_record())
    (folder / name).write_bytes(content + b"\n")
    try:
        records = load_run(folder).records
    except RecordsError as error:
        assert name in str(error)  # noqa: PT017 - both ends are right
    else:
        assert len(records) <= 1


def test_where_there_is_no_run(tmp_path):
    with pytest.raises(RecordsError, match=r"nowhere: no such folder"):
        load_run(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordsError, match=r"file: is a file"):
        load_run(tmp_path / "file")
    with pytest.raises(RecordsError, match=r"below this one: none"):
        load_run(tmp_path)
    write_run(tmp_path / "runs", make_record())
    with pytest.raises(RecordsError, match=r"below this one: made-up"):
        load_run(tmp_path / "runs")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    folder = write_run(tmp_path, state="running")
    (folder / "records.jsonl").mkdir()
    with pytest.raises(RecordsError, match=r"records\.jsonl: cannot be read"):
        load_run(folder)


def test_reading_loads_neither_pandas_nor_pyarrow(tmp_path):
    folder = write_run(tmp_path, make_record(), make_failure("net/uint8@tfjs"))
    script = (
        "import sys; from sizewise.records import load_run;"
        f"load_run({str(folder)!r});"
        "print([m for m in ('pandas', 'pyarrow', 'numpy', 'tensorflow') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
