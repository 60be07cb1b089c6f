"""Made-up histories: runs on disk, night after night, with what a test plants in them."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

import numpy as np

from sizewise.domain import FORMAT_VERSION
from sizewise.records import layout, to_row
from support.rows import ENVIRONMENT, FINGERPRINT, make_record

FIRST = datetime(2026, 9, 1, 3, 12, tzinfo=UTC)


def night_id(night, digits="00ff"):
    """The id of the run of that night, counted from 0."""
    return layout.run_id(FIRST + timedelta(days=night), digits)


def write_night(root, night, records, *, suite="nightly", state="complete", run_id=None, **changes):
    """A run folder with ``run.json`` and ``records.jsonl`` and nothing else; its path.

    ``changes`` are to its header; one that is ``...`` is left out.
    """
    started = FIRST + timedelta(days=night)
    run_id = run_id or night_id(night)
    header = {
        "format": FORMAT_VERSION,
        "suite": suite,
        "run_id": run_id,
        "sizewise": "0.1.0",
        "started": started.isoformat(),
        "finished": (started + timedelta(minutes=2)).isoformat(),
        "state": state,
        "jobs": list(dict.fromkeys(record.job_id for record in records)),
        "fingerprint": records[0].environment if records else FINGERPRINT,
        "environment": ENVIRONMENT,
    } | changes
    folder = root / suite / run_id
    folder.mkdir(parents=True)
    (folder / layout.HEADER).write_text(
        json.dumps({name: value for name, value in header.items() if value is not ...})
    )
    lines = [json.dumps(to_row(record)) + "\n" for record in records]
    (folder / layout.JOURNAL).write_text("".join(lines))
    return folder


def timed(rng, seconds, noise=0.08, samples=10):
    """A time under log-normal noise of the night, and samples around it."""
    of_the_night = float(seconds * math.exp(noise * rng.normal()))
    spread = np.exp(0.03 * rng.normal(size=samples))
    return of_the_night, tuple(float(of_the_night * each) for each in spread)


def night_record(rng, job_id, *, size=24_000, seconds=0.5, latency=0.002, **changes):
    """A row whose sizes follow from ``size``, and whose times vary around those given."""
    conversion, _ = timed(rng, seconds)
    median, samples = timed(rng, latency)
    return make_record(
        job_id,
        **{
            "size_raw_bytes": 2 * size,
            "size_gzip_bytes": size + 400,
            "size_brotli_bytes": size,
            "conversion_seconds": conversion,
            "conversion_cpu_seconds": conversion * 0.9,
            "latency_seconds": median,
            "latencies_seconds": samples,
        }
        | changes,
    )


JOBS = tuple(
    f"{model}{transform}/{encoding}"
    for model in ("digits-cnn", "diabetes-mlp")
    for transform in ("", "/prune50", "/prune80")
    for encoding in (
        *(f"{each}@tfjs" for each in ("float32", "float16", "uint16", "uint8")),
        *(f"{each}@tflite" for each in ("float32", "float16", "dynamic_int8", "int8")),
    )
)
"""The job ids of ``configs/quickstart.yaml``."""

STEP, SLOWER, DRIFT = JOBS[3], JOBS[5], JOBS[20]
"""The jobs of ``write_history`` in which something is planted."""
STEP_AT, SLOWER_AT = 41, 30


def write_history(root, nights=60, jobs=JOBS, seed=1):
    """Nights with a step of 3 % in the size of one job, of 10 % in the conversion time of
    another under 8 % noise, and a drift of 0.1 % a night in the size of a third.
    """
    rng = np.random.default_rng(seed)
    for night in range(nights):
        records = []
        for job_id in jobs:
            size, seconds = 24_000, 0.5
            if job_id == STEP and night >= STEP_AT:
                size = round(size * 1.03)
            if job_id == DRIFT:
                size = round(size * 1.001**night)
            if job_id == SLOWER and night >= SLOWER_AT:
                seconds *= 1.1
            records.append(night_record(rng, job_id, size=size, seconds=seconds))
        write_night(root, night, records)
    return root
