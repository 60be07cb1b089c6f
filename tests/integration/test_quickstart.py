"""The newcomer's command, for real: training, TF.js from the registry, 48 jobs."""

import csv

import pytest

from sizewise.domain import JobId, Status
from sizewise.records import load_run
from support.terminal import sizewise


@pytest.fixture(scope="module")
def run(quickstart):
    return load_run(quickstart.runs)


def test_all_48_jobs_have_figures(run):
    assert len(run.records) == 48
    assert {row.status for row in run.records} == {Status.OK}
    for row in run.records:
        assert row.runtime == ("node-wasm" if row.target == "tfjs" else "litert")
        assert row.size_raw_bytes == row.weight_bytes + row.overhead_bytes
        assert row.size_brotli_bytes < row.size_raw_bytes
        assert row.metric_drop_low <= row.metric_drop <= row.metric_drop_high
        assert row.peak_memory_bytes > 50e6
        assert len(row.latencies_seconds) >= 5
        assert min(row.latencies_seconds) <= row.latency_seconds <= max(row.latencies_seconds)
        assert row.environment == run.fingerprint
        JobId.parse(row.job_id)


def test_the_models_are_worth_compressing(run):
    rows = {row.job_id: row for row in run.records}
    assert rows["digits-cnn/float32@tfjs"].metric_reference >= 0.97
    assert rows["diabetes-mlp/float32@tfjs"].metric_reference < 50


def test_float32_is_the_model_itself(run):
    for row in run.records:
        if (row.encoding, row.transform) == ("float32", "none"):
            assert row.sqnr_db > 100
            assert row.metric_value == pytest.approx(row.metric_reference, rel=1e-6)


@pytest.mark.parametrize(
    ("transform", "share"), [("none", 0.0), ("prune50", 0.5), ("prune80", 0.8)]
)
def test_pruning_is_in_the_files(run, transform, share):
    for row in run.records:
        if row.transform == transform and row.encoding == "float32":
            assert row.sparsity == pytest.approx(share, abs=0.01)


def test_an_artifact_is_what_its_record_names(run):
    for row in run.records:
        found = {
            file.name: file.stat().st_size for file in (run.path / row.artifact_path).iterdir()
        }
        assert found == dict(zip(row.files, row.file_sizes_bytes, strict=True))


def test_the_run_is_there_for_others(run):
    frame = run.frame
    assert len(frame) == 48
    import pandas as pd

    pd.testing.assert_frame_equal(
        pd.read_parquet(run.path / "records.parquet")[["job_id", "size_brotli_bytes"]],
        frame[["job_id", "size_brotli_bytes"]],
        check_dtype=False,
    )
    with (run.path / "records.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 48
    assert "## What to ship" in (run.path / "report.md").read_text()
    assert (run.path / "suite.yaml").read_text().startswith("# yaml-language-server")


def test_the_table_is_printed_and_printed_again(quickstart, run):
    printed = quickstart.done.stdout
    assert "★" in printed
    assert f"Report and records: {run.path.relative_to(quickstart.folder)}" in printed
    again = sizewise("report", run.path)
    assert again.returncode == 0
    assert again.stdout.splitlines()[:3] == printed.splitlines()[:3]
