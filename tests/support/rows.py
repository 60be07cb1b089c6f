"""Made-up rows and runs: nothing was measured, every figure is invented."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sizewise.domain import JobId, Record, Status
from sizewise.records import Run, RunFolder, RunState

ENVIRONMENT = {"cpu": "A CPU", "cores": 2, "python": "3.11.9", "tensorflow": "2.19.0"}
FINGERPRINT = "f00dcafe"


def make_record(job_id="net/float32@tfjs", **changes):
    """A row of a classifier that was measured in full; ``changes`` say what is different."""
    parts = JobId.parse(job_id)
    fields = {
        "job_id": job_id,
        "model": parts.model,
        "transform": parts.transform,
        "encoding": parts.encoding,
        "target": str(parts.target),
        "status": Status.OK,
        "runtime": "litert" if parts.target == "tflite" else "node-wasm",
        "artifact_sha256": "0" * 64,
        "artifact_path": f"artifacts/{job_id}",
        "files": ("model.json", "group1-shard1of1.bin"),
        "size_raw_bytes": 120_000,
        "size_gzip_bytes": 100_000,
        "size_brotli_bytes": 98_000,
        "compression": "zlib 6, brotli 5",
        "weight_bytes": 110_000,
        "overhead_bytes": 10_000,
        "conversion_seconds": 1.25,
        "metric": "accuracy",
        "metric_value": 0.913,
        "metric_reference": 0.913,
        "metric_drop": 0.0,
        "metric_drop_low": 0.0,
        "metric_drop_high": 0.0,
        "max_drop": 0.01,
        "samples": 1000,
        "agreement": 1.0,
        "agreement_low": 0.996,
        "agreement_high": 1.0,
        "sqnr_db": 120.0,
        "latency_seconds": 0.002,
        "latencies_seconds": (0.002, 0.0021, 0.0019),
        "environment": FINGERPRINT,
    }
    return Record(**(fields | changes))


def make_failure(job_id, status=Status.UNSUPPORTED, reason="Kernel 'Erfc' not registered"):
    """A row of a job that could not be carried out."""
    parts = JobId.parse(job_id)
    return Record(
        job_id=job_id,
        model=parts.model,
        transform=parts.transform,
        encoding=parts.encoding,
        target=str(parts.target),
        status=status,
        reason=reason,
        metric="accuracy",
        environment=FINGERPRINT,
    )


def make_run(*records, job_ids=None, state=RunState.COMPLETE, path=Path("runs/made-up")):
    """A run in memory that holds these rows."""
    return Run(
        path=path,
        suite="made-up",
        run_id="20261121T031200Z-1a2b",
        state=state,
        sizewise="0.1.0",
        started=datetime(2026, 11, 21, 3, 12, tzinfo=UTC),
        finished=datetime(2026, 11, 21, 3, 13, 30, tzinfo=UTC),
        job_ids=tuple(job_ids or (record.job_id for record in records)),
        environment=ENVIRONMENT,
        fingerprint=FINGERPRINT,
        records=tuple(records),
    )


def write_run(root, *records, state="complete"):
    """A run on disk below ``root`` that holds these rows; its folder."""
    folder = RunFolder.create(
        root,
        "made-up",
        "suite: made-up\n",
        environment=ENVIRONMENT,
        fingerprint=FINGERPRINT,
        job_ids=[record.job_id for record in records],
    )
    for record in records:
        folder.append(record)
    if state != "running":
        folder.finish(state)
    return folder.path
