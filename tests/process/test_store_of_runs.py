"""What a run takes from the store, and what it costs when something there is wrong."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sizewise.domain import Encoding, Limit, Status, Target, Transform
from sizewise.records import load_run, tensors
from sizewise.run import RunOptions, run_suite
from support import crew
from support.rows import figures
from support.stages import ENCODINGS, FINE_TUNED, TRANSFORMS, make_suite


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a suite with fake workers that write down what they do; give the run and the calls."""
    calls = tmp_path / "calls"

    def start(suite, *faults, **options):
        calls.write_text("")
        monkeypatch.setenv("FAKE_CALLS", str(calls))
        crew.fake_workers(monkeypatch, *faults)
        outcome = run_suite(suite, output=tmp_path / "runs", options=RunOptions(**options))
        return load_run(outcome.folder), calls.read_text().splitlines(), outcome

    return start


def test_a_second_run_does_nothing_and_has_the_same_rows(run):
    first, calls, outcome = run(make_suite("one", "two"))
    assert calls
    assert outcome.reused == 0
    second, calls, outcome = run(make_suite("one", "two"))
    assert calls == []
    assert outcome.reused == 16
    assert second.records == first.records
    assert second.path != first.path
    for row in second.records:
        folder = second.path / row.artifact_path
        assert [path.name for path in folder.iterdir()] == list(row.files)
        assert tensors(second, row) == tensors(first, row)


def test_rows_say_where_and_when_their_times_were_measured(run):
    first, _, _ = run(make_suite("net"))
    second, _, _ = run(make_suite("net"))
    header = json.loads((second.path / "run.json").read_text())
    for row in second.records:
        assert row.measured_at < header["finished"]
        assert header["environments"][row.environment] == dict(first.environment)
    assert header["options"] == {"timing": "serial", "fresh": False}


def test_one_more_encoding_costs_that_encoding(run):
    less = make_suite(transforms=TRANSFORMS[:1], encodings={Target.TFJS: ENCODINGS[Target.TFJS]})
    run(less)
    more = {Target.TFJS: (*ENCODINGS[Target.TFJS], Encoding("float16"))}
    after, calls, outcome = run(replace(less, encodings=more))
    assert outcome.reused == 2
    assert [call for call in calls if call.startswith("encode ")] == [
        "encode float32@tfjs",  # held against the model
        "encode float16@tfjs",
    ]
    assert not [call for call in calls if call.startswith(("check ", "reference "))]
    assert len(after.records) == 3


def test_one_more_encoding_of_a_fine_tuned_model_costs_no_training(run):
    less = make_suite(transforms=(FINE_TUNED,), encodings={Target.TFJS: (Encoding("uint8"),)})
    _, calls, _ = run(less)
    assert f"train {FINE_TUNED.name}" in calls
    more = {Target.TFJS: (Encoding("uint8"), Encoding("float16"))}
    after, calls, _ = run(replace(less, encodings=more))
    assert not [call for call in calls if call.startswith("train")]
    assert len({row.training_seconds for row in after.records}) == 1


def test_fresh_does_everything_again(run):
    first, _, _ = run(make_suite("net"))
    second, calls, outcome = run(make_suite("net"), fresh=True)
    assert outcome.reused == 0
    assert "check net" in calls
    assert [figures(row) for row in first.records] == [figures(row) for row in second.records]
    third, _, outcome = run(make_suite("net"))
    assert outcome.reused == 8
    assert third.records == second.records, "what was measured last is kept"


def test_another_limit_is_applied_to_the_figures_that_are_there(run):
    suite = make_suite("net")
    run(suite)
    (spec,) = suite.models
    stricter = replace(spec, name="renamed", max_drop=Limit(0.5, relative=True))
    after, calls, _ = run(replace(suite, models=(stricter,)))
    assert calls == []
    row = after.records[0]
    assert (row.job_id, row.model) == ("renamed/float32@tfjs", "renamed")
    assert row.max_drop == pytest.approx(0.5 * row.metric_reference)
    assert row.artifact_path.startswith("artifacts/renamed/")


def test_what_failed_for_good_is_kept_and_what_crashed_is_tried_again(run):
    suite = make_suite("net", transforms=(Transform(),))
    run(suite, "encode/uint8@tfjs=unsupported", "encode/int8@tflite=segfault")
    after, calls, outcome = run(suite)
    rows = {row.job_id: row for row in after.records}
    assert rows["net/uint8@tfjs"].status is Status.UNSUPPORTED
    assert rows["net/int8@tflite"].status is Status.OK
    assert outcome.failed == 1
    assert [call for call in calls if "uint8@tfjs" in call] == []


def test_a_damaged_entry_costs_its_job(run, tmp_path):
    suite = make_suite("net", transforms=(Transform(),))
    first, _, _ = run(suite)
    jobs = sorted((tmp_path / "cache" / "store" / "job").rglob("??/*"))
    content = bytearray(jobs[0].read_bytes())
    content[-1] ^= 1
    jobs[0].write_bytes(content)
    second, _, outcome = run(suite)
    assert outcome.reused == 3
    assert [figures(row) for row in second.records] == [figures(row) for row in first.records]


def test_a_store_of_ones_own(run, tmp_path):
    place = str(tmp_path / "elsewhere")
    run(make_suite("net"), store=place)
    assert not (tmp_path / "cache" / "store").exists()
    _, calls, _ = run(make_suite("net"), store=place)
    assert calls == []


def test_a_store_that_cannot_be_used_costs_no_row(run, tmp_path):
    (tmp_path / "file").write_text("")
    after, _, _ = run(make_suite("net"), store=str(tmp_path / "file"))
    assert {row.status for row in after.records} == {Status.OK}


def test_the_store_is_kept_within_its_limit(run, tmp_path, monkeypatch):
    monkeypatch.setenv("SIZEWISE_STORE_LIMIT", "4 kB")
    run(make_suite("net"))
    store = tmp_path / "cache" / "store"
    kept = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
    assert kept <= 4000


def test_a_remote_store(run, tmp_path):
    pytest.importorskip("fsspec")
    place = f"file://{tmp_path}/bucket"
    first, _, _ = run(make_suite("net"), store=place)
    second, calls, _ = run(make_suite("net"), store=place)
    assert calls == []
    assert second.records == first.records
    assert Path(second.path, second.records[0].artifact_path).is_dir()
