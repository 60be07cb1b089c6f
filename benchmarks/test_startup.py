"""How long a user waits for a verb that needs no TensorFlow, in seconds of wall-clock time."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SIZEWISE = Path(sys.executable).with_name("sizewise")


@pytest.mark.parametrize(
    ("arguments", "limit"),
    [(("--help",), 0.3), (("plan", "configs/quickstart.yaml"), 0.5)],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_verb(benchmark, ratio, arguments, limit):
    def run():
        subprocess.run([SIZEWISE, *arguments], check=True, capture_output=True, cwd=ROOT)

    benchmark.pedantic(run, rounds=10, warmup_rounds=2)
    seconds = benchmark.stats.stats.median
    ratio(f"sizewise {arguments[0]}", "a person's patience", seconds, at_most=limit, unit="s")
