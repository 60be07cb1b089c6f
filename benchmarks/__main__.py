"""Run all benchmarks three times, print the ratios, and keep them: ``python -m benchmarks``.

Arguments go to pytest. With all of the benchmarks, and only then, the results are kept below
``results/benchmarks``: what pytest-benchmark measured, without its raw rounds, the ratios, and the
environment.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "results" / "benchmarks"
RUNS = 3
FORMAT = 1


@dataclass(frozen=True)
class Line:
    """One ratio of the table: its mark, and what each run found."""

    what: str
    against: str
    mark: float
    at_most: bool
    unit: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def reached(self) -> bool:
        return self.median <= self.mark if self.at_most else self.median >= self.mark

    def cells(self) -> tuple[str, ...]:
        sign = "at most" if self.at_most else "at least"
        return (
            self.what,
            self.against,
            f"{sign} {self.mark:g} {self.unit}",
            f"{self.median:.2f} {self.unit}",
            ", ".join(f"{value:.2f}" for value in self.values),
            f"{max(self.values) - min(self.values):.2f}",
            "reached" if self.reached else "**missed**",
        )


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch, str(number)) for number in range(1, RUNS + 1)]
        codes = [_run(folder, arguments) for folder in folders]
        ratios = [json.loads((folder / "ratios.json").read_text()) for folder in folders]
        timings = [json.loads((folder / "benchmark.json").read_text()) for folder in folders]
    lines = _lines(ratios)
    table = _table(lines)
    sys.stdout.write(f"\n{table}\n")
    if not any(codes) and not arguments:
        _keep(lines, timings, table)
    return max(codes)


def _run(folder: Path, arguments: list[str]) -> int:
    folder.mkdir()
    report = folder / "benchmark.json"
    command = [sys.executable, "-m", "pytest", "benchmarks", "-q", f"--benchmark-json={report}"]
    environment = {**os.environ, "SIZEWISE_BENCHMARKS": str(folder)}
    return subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=False).returncode


def _lines(runs: list[list[dict[str, Any]]]) -> list[Line]:
    """The ratios of the runs, side by side, in the order of the first."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for run in runs:
        for entry in run:
            found.setdefault((entry["what"], entry["against"]), []).append(entry)
    return [
        Line(
            *key,
            entries[0]["mark"],
            entries[0]["at_most"],
            entries[0]["unit"],
            tuple(entry["value"] for entry in entries),
        )
        for key, entries in found.items()
    ]


def _table(lines: list[Line]) -> str:
    head = ("what", "against", "to reach", "median", "runs", "spread", "")
    rows = [head, tuple("-" * 3 for _ in head), *(line.cells() for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _keep(lines: list[Line], timings: list[dict[str, Any]], table: str) -> None:
    from sizewise.measure import describe_environment

    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    environment = describe_environment({})
    report = {
        "format": FORMAT,
        "date": today,
        "environment": environment,
        "ratios": [
            {**line.__dict__, "median": line.median, "reached": line.reached} for line in lines
        ],
        "runs": [[_without_rounds(each) for each in timing["benchmarks"]] for timing in timings],
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{today}.json").write_text(json.dumps(report, indent=1) + "\n")
    where = "\n".join(f"- {name}: {value}" for name, value in environment.items())
    (RESULTS / "README.md").write_text(
        f"# Benchmarks of {today}\n\n`make bench`: {RUNS} runs, medians and spreads. Ratios are "
        f"taken within one run.\n\n{table}\n\nMeasured on:\n\n{where}\n"
    )


def _without_rounds(entry: dict[str, Any]) -> dict[str, Any]:
    stats = {name: value for name, value in entry["stats"].items() if name != "data"}
    return {"name": entry["fullname"], "extra_info": entry["extra_info"], "stats": stats}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
