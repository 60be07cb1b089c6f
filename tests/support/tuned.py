"""A made-up tuning: nothing was measured, every figure is invented."""

from __future__ import annotations

import math

from sizewise.domain.tuning import Evidence, Goal
from sizewise.tune import (
    ALL,
    REST,
    SENSITIVITY_FILE,
    Budget,
    Cost,
    Figures,
    Journal,
    Outcome,
    Phase,
    Sensitivity,
    TensorRow,
    Trial,
    Tuned,
    save_outcome,
    save_sensitivity,
)

KERNEL = "net/conv/kernel/ReadVariableOp"
DENSE = "net/dense/MatMul/ReadVariableOp"
BIASES = ("net/conv/bias", "net/dense/bias")


def figures(sqnr_db, drop=0.0, agreement=1.0, samples=719):
    return Figures(
        samples,
        sqnr_db,
        agreement,
        agreement - 0.008,
        drop,
        drop + 0.006,
        0.91,
        drop - 0.005,
        min(1.0, agreement + 0.004),
    )


def make_sensitivity():
    """Two kernels, one of which can be rounded for, and biases."""

    def row(name, names, elements, costs):
        found = (
            Cost(key, raw, brotli, figures(sqnr, samples=512)) for key, raw, brotli, sqnr in costs
        )
        return TensorRow(name, names, elements, tuple(found))

    dense = [
        ("float32", 30_720, 28_352, math.inf),
        ("float16", 15_360, 14_110, 102.0),
        ("uint16", 15_360, 15_135, 124.0),
        ("uint8", 7_680, 7_036, 76.0),
        ("uint8-gptq", 7_680, 7_045, 80.0),
        ("uint8-gptq-l8", 7_680, 3_312, 54.0),
        ("uint8-gptq-s50-l16", 7_680, 3_331, 42.0),
    ]
    kernel = [
        ("float32", 576, 548, math.inf),
        ("float16", 288, 292, 97.0),
        ("uint16", 288, 292, 113.0),
        ("uint8", 144, 148, 62.0),
    ]
    rest = [
        ("float32", 360, 359, math.inf),
        ("float16", 180, 184, 105.0),
        ("uint16", 180, 184, 119.0),
        ("uint8", 90, 94, 74.0),
    ]
    rows = (
        row(DENSE, (DENSE,), 7_680, dense),
        row(KERNEL, (KERNEL,), 144, kernel),
        row(REST, BIASES, 90, rest),
    )
    return Sensitivity(rows, 512)


def make_trials():
    def mixed(dense, kernel, biases):
        return {DENSE: dense, KERNEL: kernel} | dict.fromkeys(BIASES, biases)

    def trial(number, phase, mix, brotli, found, *, good=True):
        runtime = "tensorflow" if phase is Phase.SEARCH else "node-wasm"
        sizes = (brotli * 4, brotli, brotli - 1_400)
        return Trial(number, phase, mix, *sizes, found, good, runtime, 0.25)

    mix = mixed("uint8-gptq-l8", "uint8", "uint8-gptq")
    sparse = mixed("uint8-gptq-s50-l16", "uint8", "uint8-gptq")
    return (
        trial(0, Phase.REFERENCE, {ALL: "float32"}, 33_854, figures(136.5)),
        trial(1, Phase.REFERENCE, {ALL: "float16"}, 17_419, figures(78.0)),
        trial(2, Phase.REFERENCE, {ALL: "uint16"}, 18_866, figures(97.9)),
        trial(3, Phase.REFERENCE, {ALL: "uint8"}, 9_616, figures(51.5)),
        trial(4, Phase.SEARCH, sparse, 4_200, figures(20.0, 0.012, 0.98), good=False),
        trial(5, Phase.SEARCH, mix, 5_800, figures(41.0)),
        trial(6, Phase.VERIFY, mix, 5_827, figures(40.7, 0.001, 0.999)),
        trial(7, Phase.VERIFY, sparse, 5_277, figures(33.0, 0.006, 0.99), good=False),
    )


def make_outcome(best=6, **changes):
    """A classifier's tuning by brotli size; ``changes`` are fields of ``Tuned``."""
    trials = changes.pop("trials", make_trials())
    fields = {
        "best": trials[best],
        "trials": trials,
        "budget": Budget(drop=0.01, agreement=0.98),
        "goal": Goal.BROTLI,
        "evidence": Evidence.SHOWN,
        "sensitivity": make_sensitivity(),
        "split": {"calibrate": 180, "search": 512, "test": 719},
        "is_finished": True,
    }
    return Outcome("digits", changes.pop("metric", "accuracy"), Tuned(**fields | changes))


def write_tuning(folder):
    """The folder that the tuning leaves, without an artifact."""
    outcome = make_outcome()
    journal = Journal(folder, {})
    for trial in outcome.tuned.trials:
        journal.add(trial)
    save_sensitivity(folder / SENSITIVITY_FILE, outcome.tuned.sensitivity)
    save_outcome(folder, outcome)
    return folder
