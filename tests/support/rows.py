"""Made-up rows and runs: nothing was measured, every figure is invented."""

from __future__ import annotations

from dataclasses import replace
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


_NOTHING_TO_JUDGE_BY = dict.fromkeys(
    [
        "metric",
        "metric_value",
        "metric_reference",
        "metric_drop",
        "metric_drop_low",
        "metric_drop_high",
        "max_drop",
        "samples",
        "agreement",
        "agreement_low",
        "agreement_high",
        "sqnr_db",
    ]
)


def _judged(job_id, sizes, judged, **changes):
    """``sizes`` are raw and brotli; ``judged`` is the metric, its drop and the drop's interval."""
    fields = ("metric_value", "metric_drop", "metric_drop_low", "metric_drop_high")
    return make_record(
        job_id,
        size_raw_bytes=sizes[0],
        size_brotli_bytes=sizes[1],
        **dict(zip(fields, judged, strict=True)),
        **changes,
    )


def make_showcase():
    """A run with every kind of row that a report has to show."""
    exact, near = {"agreement": 1.0, "sqnr_db": 140.0}, {"agreement": 0.993, "sqnr_db": 23.7}
    equal = {"agreement": 1.0, "sqnr_db": None, "max_abs_error": 0.0}
    far = {"agreement": 0.41, "sqnr_db": -2.7}
    regression = {
        "metric": "mae",
        "metric_reference": 44.1234,
        "max_drop": 2.206,
        "samples": 89,
        "agreement": None,
        "agreement_low": None,
        "agreement_high": None,
    }
    none = (0.913, 0.0, 0.0, 0.0)
    rows = [
        _judged("kws/float32@tfjs", (120_345, 98_000), none, **equal),
        _judged("kws/float16@tfjs", (65_345, 58_000), (0.913, 0.0, -0.002, 0.002), **exact),
        _judged("kws/uint8@tfjs", (34_345, 22_564), (0.915, -0.002, -0.007, 0.003), **near),
        _judged("kws/prune50/uint8@tfjs", (34_345, 18_564), (0.903, 0.01, 0.002, 0.018), **near),
        _judged("kws/prune80/uint8@tfjs", (34_345, 12_564), (0.413, 0.5, 0.46, 0.54), **far),
        make_failure(
            "kws/prune80/uint16@tfjs",
            reason="Kernel 'Erfc' not registered for backend 'wasm':\nneeded by `encoder|gelu`",
        ),
        _judged("kws/float32@tflite", (118_345, 97_000), none, **exact),
        _judged(
            "kws/int8@tflite",
            (38_345, 27_000),
            (0.914, -0.001, -0.004, 0.002),
            notes=("calibrated on samples that it is also judged on",),
            **near,
        ),
        make_failure("kws/prune80/int8@tflite", Status.NONFINITE, "output y holds NaN [bold]"),
    ]
    rows += [
        _judged(f"diabetes-mlp/{variant}@tfjs", (2 * size, size), judged, **regression)
        for variant, size, judged in [
            ("float32", 9800, (44.1234, 0.0, -1e-7, 2e-7)),
            ("uint8", 3800, (44.3, 0.177, -0.3, 0.71)),
            ("prune50+cluster16ft3/uint8", 3300, (46.3, 2.177, 1.3, 2.71)),
        ]
    ]
    rows += [
        make_record("unlabelled/float32@tfjs", **_NOTHING_TO_JUDGE_BY),
        make_failure("broken/float32@tflite", Status.CRASHED, "the worker died of SIGSEGV"),
    ]
    jobs = [row.job_id for row in rows]
    return make_run(*rows, job_ids=[*jobs, "broken/int8@tflite"], state=RunState.INTERRUPTED)


def make_compressed():
    """A run of many transforms, with flags and training; and a model without labels."""
    fine = (0.981, 0.002, -0.004, 0.009)
    counted = {"quantized_share": 0.998, "bits_per_weight": 8.0}
    zeros = {"sparsity": 0.8, "distinct_values": 201, "bits_per_weight_brotli": 2.91, **counted}
    few = {"sparsity": 0.5, "distinct_values": 16, "bits_per_weight_brotli": 2.31, **counted}
    lacking = "prune80ft3: 1 of 5 kernels have less than 79.0 % zeros: conv/depthwise (0 of 288)"
    rows = [
        _judged("digits/float32@tfjs", (120_345, 98_000), (0.983, 0.0, 0.0, 0.0)),
        _judged("digits/prune80ft3/uint8@tfjs", (34_345, 12_564), fine, training_seconds=31.4,
                flags=(lacking,), **zeros),
        _judged("digits/prune80ft3/float16@tfjs", (64_345, 31_564), fine, training_seconds=31.4,
                flags=(lacking,), **zeros),
        _judged("digits/prune50ft3+cluster16/uint8@tfjs", (34_345, 10_564), fine,
                training_seconds=32.9, **few),
        _judged("digits/prune50ft3+cluster16/dynamic_int8@tflite", (38_345, 11_564), fine,
                training_seconds=32.9, **few),
        make_failure("digits/qat3/uint8@tfjs", reason="TF.js has no op FakeQuantWithMinMaxVars"),
    ]  # fmt: skip
    noise = {
        **dict.fromkeys(field for field in _NOTHING_TO_JUDGE_BY if field.startswith("m")),
        "samples": 256,
        "notes": ("judged on seeded noise, not on data",),
    }
    rows += [
        make_record("sensor/float32@tfjs", sqnr_db=None, max_abs_error=0.0, **noise),
        make_record("sensor/uint8@tfjs", size_brotli_bytes=25_000, agreement=0.988,
                    agreement_low=0.966, agreement_high=0.996, sqnr_db=31.2, **noise),
        replace(make_failure("sensor/cluster16/uint8@tfjs"), metric=None),
    ]  # fmt: skip
    return make_run(*rows)


TIMES = frozenset(
    ["measured_at", "peak_memory_bytes", "load_seconds", "latency_seconds", "latencies_seconds"]
)


def figures(row):
    """A row without its times."""
    return {
        name: getattr(row, name)
        for name in row.__slots__
        if name not in TIMES and not name.endswith("_seconds")
    }
