"""Made-up runs with something of everything, for the renderers of verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sizewise.analysis.budgets import check
from sizewise.domain import Status
from support.budgets import written
from support.rows import make_failure, make_record, make_run

BUDGETS = """\
  "kws/*/uint8@tfjs": {brotli: 25 kB, drop: 1 pp, agreement: 98 %}
  "*@tflite": {raw: +0 %, conversion: 1.5x}
  "kws/float16@tfjs": {brotli: {set: 41210 B, max: +5 %}, file: 4 MB, latency: 1.2x float32}
  "kws/float32@tfjs": {sqnr: 20 dB, total-files: {max: 3, min: 1}, gzip: ±2 %}
"""


def lossy(job_id, drop, low, high, **changes):
    return make_record(
        job_id, metric_drop=drop, metric_drop_low=low, metric_drop_high=high, **changes
    )


def mixed_judgement():
    """A broken size, a shrink, a failed job, a time that cannot be judged, and kept budgets."""
    head = make_run(
        lossy("kws/uint8@tfjs", -0.002, -0.009, 0.004, size_brotli_bytes=25_001),
        make_record("kws/float16@tfjs", size_brotli_bytes=43_000, file_sizes_bytes=(900, 99_100)),
        make_record("kws/float32@tfjs", sqnr_db=None, max_abs_error=0.0, size_gzip_bytes=97_000),
        make_record("kws/int8@tflite", size_raw_bytes=120_000, conversion_seconds=3.0),
        make_failure("kws/float32@tflite", reason="Kernel '<Erfc>' | not\nregistered"),
        make_record("kws/float16@tflite", environment="0ther", size_raw_bytes=119_000),
        make_record("mlp/uint8@tfjs"),
    )
    base = make_run(
        make_record("kws/uint8@tfjs", size_brotli_bytes=22_564),
        make_record("kws/float32@tfjs"),
        make_record("kws/int8@tflite"),
        make_record("kws/float16@tflite"),
    )
    base = replace(base, run_id="20261120T031200Z-0b5e", started=head.started - timedelta(days=1))
    return check(head, written(BUDGETS), [base])


def run_to_choose_from():
    """Two models with labels and one without, a failure, and a row that was not run."""
    return make_run(
        make_record("kws/float32@tfjs", sqnr_db=None, max_abs_error=0.0),
        lossy("kws/float16@tfjs", 0.0, -0.003, 0.003, size_brotli_bytes=43_000),
        lossy("kws/uint8@tfjs", -0.002, -0.009, 0.004, size_brotli_bytes=22_564),
        lossy("kws/prune50/uint8@tfjs", 0.006, -0.004, 0.0163, size_brotli_bytes=18_210),
        lossy("kws/prune60/uint8@tfjs", 0.013, 0.003, 0.0263, size_brotli_bytes=15_000),
        lossy("kws/prune80/uint8@tfjs", 0.26, 0.22, 0.29, size_brotli_bytes=12_210),
        make_failure("kws/float32@tflite", status=Status.CRASHED, reason="a | b\n<c>"),
        lossy(
            "mlp/int8@tflite",
            0.1,
            -0.5,
            0.7,
            metric="mae",
            metric_reference=44.1,
            max_drop=0.441,
            samples=89,
        ),
        lossy("plain/uint8@tfjs", None, None, None, metric=None, metric_reference=None),
    )
