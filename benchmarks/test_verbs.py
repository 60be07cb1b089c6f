"""How long a verdict takes on a run of 1,000 rows, interpreter start included."""

import subprocess
import sys
from pathlib import Path

import pytest

from sizewise.records import RunFolder
from support.rows import ENVIRONMENT, FINGERPRINT, make_record

SIZEWISE = Path(sys.executable).with_name("sizewise")
ENCODINGS = {"tfjs": ("float32", "float16", "uint16", "uint8"), "tflite": ("float32", "int8")}
LIMIT_SECONDS = 1.5


def rows(count, scale):
    """Rows of as many models as it takes, each in six encodings."""
    made = []
    for model in range(count // 6 + 1):
        for target, encodings in ENCODINGS.items():
            for step, encoding in enumerate(encodings):
                size = int(scale * (100_000 + 37 * model) / (step + 1))
                made.append(
                    make_record(
                        f"net{model}/{encoding}@{target}",
                        size_raw_bytes=size,
                        size_brotli_bytes=size,
                        metric_drop=0.001 * step,
                        metric_drop_low=0.001 * step - 0.002,
                        metric_drop_high=0.001 * step + 0.002,
                        latencies_seconds=tuple(1e-3 + 1e-5 * i for i in range(10)),
                    )
                )
    return made[:count]


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Ten nights of 1,000 rows."""
    root = tmp_path_factory.mktemp("history")
    runs = []
    for night in range(10):
        found = rows(1000, 1 + night / 1000)
        folder = RunFolder.create(
            root,
            "nightly",
            "suite: nightly\n",
            environment=ENVIRONMENT,
            fingerprint=FINGERPRINT,
            job_ids=[row.job_id for row in found],
        )
        for row in found:
            folder.append(row)
        folder.finish("complete")
        runs.append(folder.path)
    (root / "budgets.yaml").write_text('budgets: {"*/uint8@tfjs": {brotli: 60 kB, drop: 1 pp}}\n')
    return root, runs


@pytest.mark.parametrize("verb", ["report", "recommend", "check", "compare", "trend"])
def test_verdict(benchmark, ratio, history, verb):
    root, runs = history
    arguments = {
        "report": [runs[-1]],
        "recommend": [runs[-1], "--max-drop", "0.01"],
        "check": [runs[-1], "--budgets", root / "budgets.yaml"],
        "compare": [runs[0], runs[-1]],
        "trend": [root],
    }[verb]

    def run():
        done = subprocess.run([SIZEWISE, verb, *arguments], check=False, capture_output=True)
        assert done.returncode in (0, 1), done.stderr

    benchmark.pedantic(run, rounds=5, warmup_rounds=1)
    what = f"sizewise {verb}, " + ("10 runs of " if verb == "trend" else "") + "1,000 rows"
    seconds = benchmark.stats.stats.median
    ratio(what, "a person's patience", seconds, at_most=LIMIT_SECONDS, unit="s")
