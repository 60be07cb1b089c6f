"""Made-up histories: a run a night, every figure invented."""

from __future__ import annotations

import dataclasses
import random
from datetime import timedelta

from sizewise.records.history import History
from support.rows import make_record, make_run


def make_history(nights=30, job_ids=("kws/uint8@tfjs", "kws/int8@tflite")):
    """A history in which the first job's brotli size grows by 3 % two thirds through."""
    noise = random.Random(7)
    step = nights * 2 // 3
    runs = []
    for night in range(nights):
        rows = [
            make_record(
                job_id,
                size_brotli_bytes=23_240 if night >= step and job_id == job_ids[0] else 22_564,
                conversion_seconds=1.2 * (1 + noise.gauss(0, 0.04)),
            )
            for job_id in job_ids
        ]
        run = make_run(*rows)
        started = run.started + timedelta(days=night)
        runs.append(
            dataclasses.replace(run, run_id=f"{started:%Y%m%dT%H%M%SZ}-1a2b", started=started)
        )
    return History(tuple(runs), (), ())
