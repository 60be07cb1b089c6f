"""What a tuning and sensitivities look like."""

import io
import json
import math
from dataclasses import replace

import pytest
from rich.console import Console

from sizewise.domain.tuning import Evidence, Goal
from sizewise.reports import tuning
from sizewise.reports.tuning.trials import answer
from sizewise.tune import (
    ALL,
    REST,
    Budget,
    Cost,
    Figures,
    Phase,
    Sensitivity,
    TensorRow,
    Trial,
    Tuned,
)

EXACT = Figures(719, math.inf, 1.0, 0.995, 0.0, 0.005, 0.91)


def trial(number, phase, mix, size, *, good=True, sqnr=40.0, runtime="node-wasm"):
    figures = Figures(719, sqnr, 0.993, 0.984, 0.0014, 0.0078, 0.91)
    shown = EXACT if sqnr == math.inf else figures
    return Trial(number, phase, mix, size * 4, size, size - 1000, shown, good, runtime, 0.1)


TRIALS = (
    trial(0, Phase.REFERENCE, {ALL: "float32"}, 33_000, sqnr=math.inf),
    trial(1, Phase.REFERENCE, {ALL: "uint8"}, 9_000, sqnr=30.0),
    trial(2, Phase.SEARCH, {"k": "uint8-gptq-l4", "b": "uint8"}, 4_000, runtime="tensorflow"),
    trial(3, Phase.VERIFY, {"a": "uint8", "b": "uint8", "c": "float16"}, 6_000, sqnr=33.0),
    trial(4, Phase.VERIFY, {"k": "uint8-gptq-l4", "b": "uint8"}, 4_000, sqnr=20.0, good=False),
)


def tuned(best=3, trials=TRIALS, *, is_finished=True, evidence=Evidence.SHOWN):
    split = {"calibrate": 180, "search": 512, "test": 719}
    budget = Budget(drop=0.01, agreement=0.98)
    return Tuned(trials[best], trials, budget, Goal.BROTLI, evidence, None, split, is_finished)


SENSITIVITY = Sensitivity(
    (
        TensorRow(
            "kernel|1",
            ("kernel|1",),
            100,
            (
                Cost("float32", 400, 390, EXACT),
                Cost("uint8-l4", 100, 25, Figures(719, -math.inf)),
            ),
        ),
        TensorRow(REST, ("b",), 4, (Cost("float16", 8, 12, Figures(719, 50.04, 1.0, 0.99)),)),
    ),
    719,
)


def printed(renderable):
    stream = io.StringIO()
    Console(file=stream, width=120, highlight=False).print(renderable)
    return stream.getvalue()


def test_the_answer_says_how_much_less_and_on_what():
    text = tuning.markdown(tuned(), "accuracy", "- name: tuned\n")

    assert (
        "Best: trial 3, 6.00 kB brotli, shown by 95 % intervals to keep a drop of at most 1 pp"
        in text
    )
    assert "an agreement of at least 98 % on 719 samples in node-wasm" in text
    assert "33% less than uint8 (9.00 kB)" in text
    assert "of the weight files alone, in brotli, 38%" in text
    assert "```yaml\n- name: tuned\n```" in text


def test_estimates_are_called_estimates():
    text = tuning.markdown(tuned(evidence=Evidence.ESTIMATED), "accuracy", "")

    assert "which by its estimates, though not by their intervals, keeps a drop" in text
    assert "shown by" not in text


RATIO = "with a signal-to-noise ratio of at least 30 dB on 719 samples in node-wasm"


@pytest.mark.parametrize("evidence", Evidence)
def test_no_interval_is_claimed_for_what_has_none(evidence):
    only = replace(tuned(evidence=evidence), budget=Budget(sqnr_db=30.0))
    line = next(answer(only, None))

    assert line == f"Best: trial 3, 6.00 kB brotli, {RATIO}"


def test_intervals_are_claimed_for_what_has_them():
    both = replace(tuned(), budget=Budget(agreement=0.98, sqnr_db=30.0))
    line = next(answer(both, None))

    assert f"shown by 95 % intervals to keep an agreement of at least 98 %, {RATIO}" in line


def test_the_front_is_of_trials_on_test_samples():
    text = printed(tuning.tables(tuned(), "accuracy"))

    table = text.partition("Best:")[0]
    rows = [line.split()[0] for line in table.splitlines()[2:] if line[:1].isdigit()]
    assert rows == ["4", "3", "0"]
    assert "uint8 (2), float16 (1)" in text
    assert "+0.14 [+0.78]" in text
    assert "99.3 [98.4]" in text


def test_every_trial_is_in_the_report():
    text = tuning.markdown(tuned(), "accuracy", "")
    table = text.partition("## All trials")[2]

    assert [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| ")][2:] == [
        f"| {number}" for number in range(5)
    ]
    assert "| 2 | search | uint8-gptq-l4 (1), uint8 (1) |" in table
    assert "not kept |" in table


def test_where_nothing_was_found_it_says_so():
    text = tuning.markdown(tuned(1, is_finished=False), "accuracy", "")

    assert "No mix that was tried is smaller" in text
    assert "more test samples may show" in text
    assert "The time limit ended the search: the same command goes on from here" in text


@pytest.mark.parametrize(("metric", "shown"), [("accuracy", "+0.14"), ("mae", "+0.0014")])
def test_drops_are_in_the_unit_of_the_metric(metric, shown):
    assert shown in tuning.markdown(tuned(), metric, "")


def test_sensitivities_by_tensor():
    text = printed(tuning.as_tables(SENSITIVITY, "accuracy", {"For a suite": "- uint8\n"}))

    assert "kernel|1 (100)" in text
    assert text.count("kernel|1") == 1
    assert "everything else (4)" in text
    assert "∞" in text
    assert "on 719 samples" in text
    assert "For a suite:\n- uint8" in text


def test_sensitivities_as_markdown():
    text = tuning.as_markdown(SENSITIVITY, "accuracy", {"For a suite": "- uint8\n"})

    assert "| kernel\\|1 (100) | uint8-l4 | 100 B | 25 B | – | – | – |" in text
    assert "```\n- uint8\n```" in text


def test_sensitivities_as_json():
    document = json.loads(tuning.as_json(SENSITIVITY, {"suite": "x"}))

    first = document["rows"][0]
    assert [cost["figures"]["sqnr_db"] for cost in first["costs"]] == [None, None]
    assert first["costs"][1]["brotli"] == 25
    assert document["maps"] == {"suite": "x"}
