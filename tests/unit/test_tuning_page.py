"""The page of results that is made of tunings."""

import importlib.util
import sys
from pathlib import Path

import pytest

from sizewise.domain.tuning import Evidence, Goal
from sizewise.tune import ALL, Budget, Figures, Outcome, Phase, Trial, Tuned


@pytest.fixture
def page(monkeypatch):
    """What ``tools`` are is no package, and so no part of what tests can import."""
    file = Path(__file__).parents[2] / "tools" / "tuning_page.py"
    spec = importlib.util.spec_from_file_location("tuning_page", file)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module.page


def outcome(tuned_bytes, drop):
    figures = Figures(500, 30.04, 0.99, 0.98, drop, 0.0076)
    trials = tuple(
        Trial(number, phase, {ALL: key}, size, size, size, figures, True, "node-wasm", 1.0)
        for number, (phase, key, size) in enumerate(
            [
                (Phase.REFERENCE, "float32", 40_000),
                (Phase.REFERENCE, "uint8", 10_000),
                (Phase.VERIFY, "uint8-gptq-s50-l9", tuned_bytes),
            ]
        )
    )
    tuned = Tuned(
        trials[-1], trials, Budget(0.01), Goal.BROTLI, Evidence.SHOWN, None, {}, is_finished=True
    )
    return Outcome("saved_model", "accuracy", tuned)


def test_the_largest_gain_comes_first_with_the_median_below(page):
    lines = page({"shown": {"a": outcome(7_500, 0.001), "b": outcome(2_500, -0.002)}}).split("\n")

    table = [line for line in lines if line.startswith("| ") and "8 10,000" in line]
    assert table == [
        "| b | 500 | uint8 10,000 | 2,500 | 75 % | −0.20 [+0.76] | 99.0 [98.0] | 30.0 | 3 |",
        "| a | 500 | uint8 10,000 | 7,500 | 25 % | +0.10 [+0.76] | 99.0 [98.0] | 30.0 | 3 |",
    ]
    assert "The median is 50 % less." in lines
