"""The history of ``docs/watch.md``: sixty made-up nights of ``configs/nightly.yaml``.

    python tests/support/sixty_nights.py FOLDER

writes it, with ``tests`` in ``PYTHONPATH``. Nothing was measured: every figure is invented, and
times vary by 8 % from night to night. Three changes are planted.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from sizewise.records import layout
from support.histories import night_record, write_night

NIGHTS = 60
STEP, STEP_AT = "digits-cnn/uint8@tfjs", NIGHTS - 1
"""In the last night, this job's files are 3 % larger."""
SLOWER, SLOWER_AT = "digits-cnn/int8@tflite", 30
"""From this night on, this job's conversion takes 10 % longer."""
DRIFT = "diabetes-mlp/int8@tflite"
"""This job's files grow by 0.1 % every night."""

_BROTLI_BYTES = {
    "digits-cnn": {
        "tfjs": {"float32": 33_854, "float16": 17_419, "uint16": 18_866, "uint8": 9_616},
        "tflite": {"float32": 34_054, "float16": 17_954, "dynamic_int8": 12_845, "int8": 10_771},
    },
    "diabetes-mlp": {
        "tfjs": {"float32": 11_402, "float16": 6_160, "uint16": 6_530, "uint8": 3_510},
        "tflite": {"float32": 11_510, "float16": 6_460, "dynamic_int8": 5_850, "int8": 4_750},
    },
}


def write_sixty_nights(root: Path, today: datetime, seed: int = 3) -> None:
    """The runs below ``root``, the last of them of the night before ``today``."""
    noise = np.random.default_rng(seed)
    for night in range(NIGHTS):
        started = today - timedelta(days=NIGHTS - night)
        rows = [
            _row(noise, night, f"{model}/{encoding}@{target}", size)
            for model, targets in _BROTLI_BYTES.items()
            for target, sizes in targets.items()
            for encoding, size in sizes.items()
        ]
        write_night(
            root,
            night,
            rows,
            run_id=layout.run_id(started, "00ff"),
            started=started.isoformat(),
            finished=(started + timedelta(minutes=2)).isoformat(),
        )


def _row(noise, night, job_id, size):
    seconds = 0.4
    if job_id == STEP and night >= STEP_AT:
        size = round(size * 1.03)
    if job_id == DRIFT:
        size = round(size * 1.001**night)
    if job_id == SLOWER and night >= SLOWER_AT:
        seconds *= 1.1
    return night_record(noise, job_id, size=size, seconds=seconds)


if __name__ == "__main__":
    write_sixty_nights(Path(sys.argv[1]), datetime.now(UTC))
