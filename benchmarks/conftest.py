"""Benchmarks report ratios within one run, so that another machine's speed does not matter.

``make bench`` runs them. A ratio that misses its mark is printed as missed: it fails nothing.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TFDF_DISABLE_WELCOME_MESSAGE", "1")


@dataclass(frozen=True)
class Ratio:
    """What was measured, against what, and the mark to reach."""

    what: str
    against: str
    value: float
    mark: float
    at_most: bool
    unit: str = "x"

    @property
    def reached(self) -> bool:
        return self.value <= self.mark if self.at_most else self.value >= self.mark

    def __str__(self) -> str:
        sign = "at most" if self.at_most else "at least"
        verdict = "reached" if self.reached else "MISSED"
        return (
            f"{verdict:8} {self.value:8.2f} {self.unit} ({sign} {self.mark:g})  "
            f"{self.what}, against {self.against}"
        )


_RATIOS: list[Ratio] = []


@pytest.fixture
def ratio(benchmark):
    """Record a ratio: ``ratio("four encodings", "one", 1.1, at_most=1.15)``."""

    def record(what, against, value, *, at_most=None, at_least=None, unit="x"):
        mark = at_least if at_most is None else at_most
        found = Ratio(what, against, float(value), mark, at_most is not None, unit)
        benchmark.extra_info.update(asdict(found), reached=found.reached)
        _RATIOS.append(found)

    return record


def pytest_terminal_summary(terminalreporter):
    if _RATIOS:
        terminalreporter.section("ratios")
        for found in _RATIOS:
            terminalreporter.line(str(found))
    if folder := os.environ.get("SIZEWISE_BENCHMARKS"):
        rows = [{**asdict(found), "reached": found.reached} for found in _RATIOS]
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / "ratios.json").write_text(json.dumps(rows, indent=2) + "\n")


@pytest.fixture(scope="session")
def mobilenet(tmp_path_factory) -> Path:
    """MobileNetV2 as a SavedModel, untrained: for speed only."""
    import tf_keras

    folder = tmp_path_factory.mktemp("mobilenet") / "saved_model"
    tf_keras.applications.MobileNetV2(weights=None).export(str(folder))
    return folder
