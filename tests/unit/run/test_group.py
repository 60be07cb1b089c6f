import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sizewise.domain import (
    Encoding,
    Job,
    Source,
    SourceKind,
    Status,
    Target,
    Transform,
)
from sizewise.measure import fingerprint
from sizewise.plan import make_plan
from sizewise.records import tensors
from sizewise.run.filling import STAGES
from sizewise.run.group import SHARED_CALIBRATION, run_group
from sizewise.run.kept import Kept, Keys
from sizewise.run.messages import Finished, RunGroup, Working
from sizewise.run.subject import open_subject
from sizewise.store import open_store
from support.rows import make_run
from support.stages import FAULTS, FINE_TUNED, FakeStages, make_spec, make_suite


@pytest.fixture
def group():
    return make_plan(make_suite("net")).groups[0]


ENVIRONMENT = {"cpu": "abacus"}


def run(group, stages, folder, kept=None):
    seen = []
    command = RunGroup(group, folder, 5, ENVIRONMENT)
    opened = {}

    def open_once(spec, kept):
        return opened.setdefault(spec.name, open_subject(spec, stages, kept))

    events = list(run_group(command, stages, open_once, kept or Kept(), seen.append))
    rows = {event.record.job_id: event.record for event in events if isinstance(event, Finished)}
    return rows, events, seen


def test_every_job_gets_a_full_row(group, tmp_path):
    rows, _, _ = run(group, FakeStages(), tmp_path)
    assert list(rows) == [str(job.id) for job in group.jobs]
    row = rows["net/uint8@tfjs"]
    assert row.status is Status.OK
    assert row.runtime == "first"
    assert row.metric_value == row.metric_reference == 1.0
    assert row.metric_drop == 0.0
    assert row.metric_drop_low < 0 < row.metric_drop_high
    assert row.agreement == 1.0
    assert row.samples == 50
    assert row.max_drop == pytest.approx(0.02)
    assert row.latency_seconds == 0.002
    assert row.size_raw_bytes == sum(
        f.stat().st_size for f in (tmp_path / row.artifact_path).iterdir()
    )
    assert row.environment == fingerprint(ENVIRONMENT)
    assert row.timing == "serial"
    assert abs(datetime.now(UTC) - datetime.fromisoformat(row.measured_at)).total_seconds() < 60


def test_the_constants_of_every_artifact_are_kept(group, tmp_path):
    rows, _, _ = run(group, FakeStages(), tmp_path)
    for row in rows.values():
        kept = tensors(make_run(row, path=tmp_path), row)
        assert sum(tensor.size_bytes for tensor in kept) == row.weight_bytes


def test_a_conversion_is_the_sum_of_its_stages(group, tmp_path):
    rows, _, _ = run(group, FakeStages(), tmp_path)
    for row in rows.values():
        parts = [getattr(row, f"{stage}_seconds") for stage in STAGES]
        assert row.conversion_seconds == pytest.approx(sum(parts))
        cpu = [getattr(row, f"{stage}_cpu_seconds") for stage in STAGES]
        assert row.conversion_cpu_seconds == pytest.approx(sum(cpu))


def test_shared_work_is_done_once(group, tmp_path):
    stages = FakeStages()
    run(group, stages, tmp_path)
    done = [stage for stage, _ in stages.calls]
    assert {stage: done.count(stage) for stage in ("open", "freeze", "reference", "transform")} == {
        "open": 1,
        "freeze": 1,
        "reference": 1,
        "transform": 0,
    }
    assert done.count("prepare") == 2
    # One more for each target: the float32 artifact that is held against the frozen graph.
    assert done.count("encode") == done.count("execute") == 4 + 2


def test_a_calibrated_job_says_that_its_samples_are_shared(group, tmp_path):
    rows, _, _ = run(group, FakeStages(), tmp_path)
    assert SHARED_CALIBRATION in rows["net/int8@tflite"].notes
    assert SHARED_CALIBRATION not in rows["net/float32@tflite"].notes


def test_the_next_runtime_takes_what_the_first_cannot(group, tmp_path):
    stages = FakeStages({("execute", "first:uint8@tfjs"): FAULTS["unsupported"]})
    rows, _, _ = run(group, stages, tmp_path)
    row = rows["net/uint8@tfjs"]
    assert (row.status, row.runtime) == (Status.OK, "second")
    assert row.notes == ("not run on first: Kernel 'X' is missing",)


def test_no_runtime_for_an_op(group, tmp_path):
    missing = FAULTS["unsupported"]
    stages = FakeStages(
        {("execute", "first:uint8@tfjs"): missing, ("execute", "second:uint8@tfjs"): missing}
    )
    rows, _, _ = run(group, stages, tmp_path)
    row = rows["net/uint8@tfjs"]
    assert row.status is Status.UNSUPPORTED
    assert "Kernel 'X'" in row.reason
    assert row.size_brotli_bytes > 0, "what was measured before is kept"
    assert rows["net/float32@tfjs"].status is Status.OK


@pytest.mark.parametrize(
    ("where", "lost"),
    [
        (("open", "net"), 4),
        (("freeze", "net"), 4),
        (("prepare", "tfjs"), 2),
        (("encode", "uint8@tfjs"), 1),
    ],
)
def test_a_fault_costs_what_shares_it_and_no_more(group, tmp_path, where, lost):
    rows, _, seen = run(group, FakeStages({where: FAULTS["bug"]}), tmp_path)
    failed = [row for row in rows.values() if row.status is Status.FAILED]
    assert len(failed) == lost
    assert len(rows) == 4
    assert {row.reason for row in failed} == {"ZeroDivisionError: division by zero"}
    assert isinstance(seen[0], ZeroDivisionError)


def test_a_stage_names_all_jobs_that_share_it(group, tmp_path):
    _, events, _ = run(group, FakeStages(), tmp_path)
    stages = [(event.stage, len(event.job_ids)) for event in events if isinstance(event, Working)]
    assert stages[:3] == [("opening", 4), ("transforming", 4), ("optimising", 2)]
    assert stages[3:5] == [("verifying", 2), ("encoding", 1)]


def test_an_artifact_that_computes_something_else_is_wrong_and_has_no_figures(group, tmp_path):
    class Leaky(FakeStages):
        def evaluate(self, graph, samples):
            return {"y": samples.inputs["x"] + 0.5}

    rows, _, _ = run(group, Leaky(), tmp_path)
    assert {row.status for row in rows.values()} == {Status.WRONG}
    assert "does not compute what the model does" in rows["net/uint8@tfjs"].reason
    assert all(row.metric_value is None for row in rows.values())


def tflite_suite():
    spec = replace(make_spec("kept"), source=Source(SourceKind.TFLITE, "kept.tflite"))
    return replace(make_suite(), models=(spec,))


def test_a_tflite_source_is_kept_and_nothing_is_made_of_it(tmp_path):
    (group,) = make_plan(tflite_suite()).groups
    stages = FakeStages()
    rows, _, _ = run(group, stages, tmp_path)
    assert list(rows) == ["kept/as_is@tflite"]
    row = rows["kept/as_is@tflite"]
    assert (row.status, row.agreement) == (Status.OK, 1.0)
    assert row.open_seconds is not None
    assert {getattr(row, f"{stage}_seconds") for stage in STAGES if stage != "open"} == {None}
    assert row.conversion_seconds is None
    assert row.size_raw_bytes == 4
    assert {stage for stage, _ in stages.calls} == {"open", "reference", "keep", "execute"}


def test_a_file_that_turns_out_to_be_tflite_is_not_converted(tmp_path):
    (group,) = make_plan(tflite_suite()).groups
    wrong = Job(group.model, Transform(), Encoding("uint8"), Target.TFJS)
    rows, _, _ = run(replace(group, jobs=(wrong,)), FakeStages(), tmp_path)
    assert rows["kept/uint8@tfjs"].status is Status.FAILED
    assert "not converted" in rows["kept/uint8@tfjs"].reason


def test_custom_ops_reach_the_converter_and_the_runtime(group, tmp_path):
    seen = []

    class Watching(FakeStages):
        def prepare(self, target, graph, data, options):
            seen.append(graph.custom_ops)
            return super().prepare(target, graph, data, options)

        def execute(self, runtime, artifact, samples):
            seen.append(artifact.custom_ops_module)
            return super().execute(runtime, artifact, samples)

    spec = replace(group.model, custom_ops=("Mine",), custom_ops_module=Path("mine.mjs"))
    jobs = tuple(replace(job, model=spec) for job in group.jobs)
    run(replace(group, model=spec, jobs=jobs), Watching(), tmp_path)
    assert set(seen) == {frozenset({"Mine"}), Path("mine.mjs")}


def fine_tuned():
    (group,) = make_plan(make_suite("net", transforms=(FINE_TUNED,))).groups
    return group


def test_a_fine_tuned_model_is_frozen_then_transformed(tmp_path):
    stages = FakeStages()
    rows, events, _ = run(fine_tuned(), stages, tmp_path)
    done = [call for call in stages.calls if call[0] in ("train", "freeze", "final", "transform")]
    assert done == [
        ("freeze", "net"),
        ("train", FINE_TUNED.name),
        ("freeze", "net trained"),
        ("final", "net trained"),
        ("transform", FINE_TUNED.name),
    ]
    assert "training" in [event.stage for event in events if isinstance(event, Working)]
    row = rows["net/prune80ft3+cluster16/uint8@tfjs"]
    assert row.notes == ("trained",)


def test_training_is_no_part_of_a_conversion(tmp_path):
    class Slow(FakeStages):
        def train(self, *arguments):
            time.sleep(0.05)
            return super().train(*arguments)

    rows, _, _ = run(fine_tuned(), Slow(), tmp_path)
    for row in rows.values():
        assert row.training_seconds >= 0.05
        parts = [getattr(row, f"{stage}_seconds") for stage in STAGES]
        assert row.conversion_seconds == pytest.approx(sum(parts))


def test_a_fine_tuned_model_is_trained_once_across_runs(tmp_path):
    store = open_store(str(tmp_path / "store"))
    keys = Keys(reference="reference/1", trained="trained/1")
    first, second = FakeStages(), FakeStages()
    before, _, _ = run(fine_tuned(), first, tmp_path / "a", Kept(store, keys))
    after, _, _ = run(fine_tuned(), second, tmp_path / "b", Kept(store, keys))
    assert ("train", FINE_TUNED.name) not in second.calls
    assert ("reference", "net") in first.calls
    assert ("reference", "net") not in second.calls
    for name, row in before.items():
        assert row.training_seconds == after[name].training_seconds
        assert row.artifact_sha256 == after[name].artifact_sha256
        assert row.max_abs_error == after[name].max_abs_error


def test_with_fresh_nothing_is_taken_from_the_store(tmp_path):
    store = open_store(str(tmp_path / "store"))
    keys = Keys(reference="reference/1", trained="trained/1")
    run(fine_tuned(), FakeStages(), tmp_path / "a", Kept(store, keys))
    again = FakeStages()
    run(fine_tuned(), again, tmp_path / "b", Kept(store, keys, fresh=True))
    assert ("train", FINE_TUNED.name) in again.calls


@pytest.mark.parametrize(
    ("fault", "kept"), [("unsupported", True), ("bug", False), ("disk", False), (None, True)]
)
def test_what_would_happen_again_is_kept(group, tmp_path, fault, kept):
    store = open_store(str(tmp_path / "store"))
    keys = Keys(jobs={"net/uint8@tfjs": "job/1"})
    faults = {("encode", "uint8@tfjs"): FAULTS[fault]} if fault else {}
    run(group, FakeStages(faults), tmp_path / "run", Kept(store, keys))
    assert (store.value("job/1") is not None) is kept


def test_a_store_that_fails_costs_no_row(group, tmp_path, caplog):
    (tmp_path / "store").write_text("a file")
    keys = Keys(reference="reference/1", jobs={"net/uint8@tfjs": "job/1"})
    store = open_store(str(tmp_path / "store"))
    rows, _, _ = run(group, FakeStages(), tmp_path / "run", Kept(store, keys))
    assert {row.status for row in rows.values()} == {Status.OK}
    assert "a result is not kept" in caplog.text


def test_what_another_version_kept_is_made_again(tmp_path):
    store = open_store(str(tmp_path / "store"))
    store.put("trained/1", {"notes": []}, {})
    store.put("reference/1", {}, {"arrays.npz": b"PK"})
    rows, _, _ = run(
        fine_tuned(),
        FakeStages(),
        tmp_path / "run",
        Kept(store, Keys(reference="reference/1", trained="trained/1")),
    )
    assert {row.status for row in rows.values()} == {Status.OK}
