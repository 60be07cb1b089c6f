"""Pictures of a tuning: where each trial and each choice is drawn."""

import json
import math
from dataclasses import replace

import pytest

from sizewise.analysis.standing import Criterion
from sizewise.analysis.tuning import view_of, weights_of
from sizewise.domain.tuning import Goal
from sizewise.reports.pictures import (
    DARK,
    LIGHT,
    Form,
    choices_caption,
    choices_spec,
    config,
    draw,
    trials_spec,
    weight_specs,
    weights_picture,
)
from sizewise.reports.pictures.choices import MOST_WEIGHTS
from sizewise.tune import Budget, Figures, Sensitivity
from support.tuned import DENSE, make_outcome, make_sensitivity, make_trials


@pytest.fixture
def view():
    return view_of(make_outcome())


def values_of(spec):
    return {value["number"]: value for value in spec["data"]["values"]}


def layers_of(spec, style):
    return [layer for layer in spec["layer"] if layer["mark"].get("style") == style]


def many(count):
    """A sensitivity of ``count`` weights, each a little smaller than the one before."""
    first = make_sensitivity().rows[0]
    rows = (
        replace(first, name=f"net/block_{place:02}/kernel", names=(f"net/block_{place:02}/kernel",))
        for place in range(count)
    )
    return Sensitivity(tuple(rows), 512)


class TestTrials:
    def test_the_whole_picture(self, view, snapshot):
        spec = trials_spec(view, Criterion.DROP)

        assert json.dumps(spec, indent=1, ensure_ascii=False) == snapshot

    def test_each_trial_has_its_place(self, view):
        values = values_of(trials_spec(view, Criterion.DROP))

        assert sorted(values) == list(range(8))
        best = values[6]
        places = [best[end] for end in ("x", "y", "low", "high")]
        assert places == pytest.approx([5_827, 0.1, -0.4, 0.7])
        assert [number for number, value in values.items() if value["best"]] == [6]
        assert [number for number, value in values.items() if not value["filled"]] == [4, 7]
        assert {values[number]["kind"] for number in (0, 1, 2, 3)} == {"upstream's"}
        assert (values[5]["kind"], values[6]["kind"]) == ("searched", "verified")
        assert values[5]["place"] == "not for mixes on search samples"
        assert values[0]["place"] == "beaten by 3"

    def test_intervals_are_of_test_samples(self, view):
        (bars,) = layers_of(trials_spec(view, Criterion.DROP), "interval")

        values = trials_spec(view, Criterion.DROP)["data"]["values"]
        assert bars["transform"] == [{"filter": "datum.judged"}]
        assert [value["number"] for value in values if not value["judged"]] == [4, 5]

    def test_disagreement_and_noise(self, view):
        disagreement = values_of(trials_spec(view, Criterion.AGREEMENT))[7]
        noise = trials_spec(view, Criterion.SQNR)

        assert [disagreement[end] for end in ("y", "low", "high")] == pytest.approx([1.0, 0.6, 1.8])
        assert values_of(noise)[7]["y"] == 33.0
        assert noise["layer"][-1]["encoding"]["y"]["scale"]["reverse"] is True

    @pytest.mark.parametrize(
        ("criterion", "at", "words"),
        [
            (Criterion.DROP, 1.0, "may drop 1.0 pp"),
            (Criterion.AGREEMENT, 2.0, "agreement of 98 % at least"),
            (Criterion.SQNR, 30.0, "30 dB at least"),
        ],
    )
    def test_limits_are_lines_in_the_unit_that_is_shown(self, criterion, at, words):
        view = view_of(make_outcome(budget=Budget(0.01, 0.98, 30.0)))
        spec = trials_spec(view, criterion)

        (rule,) = layers_of(spec, "limit")
        (area,) = layers_of(spec, "allowed")
        (label,) = layers_of(spec, "limit-label")
        assert rule["encoding"]["y"]["datum"] == pytest.approx(at)
        assert label["encoding"]["text"]["value"] == words
        # What is allowed is below the line, and the axis of dB is upside down.
        low, high = area["encoding"]["y"]["scale"]["domain"]
        below = high if criterion is Criterion.SQNR else low
        assert area["encoding"]["y"]["datum"] == below

    def test_without_a_limit_there_is_no_line(self, view):
        assert not layers_of(trials_spec(view, Criterion.SQNR), "limit")

    def test_outputs_that_are_not_finite_have_no_place(self):
        *others, last = make_trials()
        lost = replace(last, figures=Figures(719, -math.inf))
        spec = trials_spec(view_of(make_outcome(trials=(*others, lost))), Criterion.SQNR)

        assert 7 not in values_of(spec)

    def test_without_figures_there_is_no_picture(self):
        trials = [replace(each, figures=Figures(9, 30.0)) for each in make_trials()]
        view = view_of(make_outcome(trials=tuple(trials)))

        assert trials_spec(view, Criterion.DROP) is None
        assert trials_spec(view, Criterion.SQNR) is not None


class TestChoices:
    def test_bars_over_their_float32(self, view, snapshot):
        spec = choices_spec(view.weights, "brotli")

        assert json.dumps(spec, indent=1, ensure_ascii=False) == snapshot

    def test_what_is_stored_stands_beside_the_name(self, view):
        values = choices_spec(view.weights, "brotli")["data"]["values"]

        assert [(value["label"], value["text"]) for value in values] == [
            ("dense/MatMul", "uint8-gptq-l8 · 3.31 kB"),
            ("conv/kernel", "uint8 · 148 B"),
            ("everything else", "uint8-gptq · 94 B"),
        ]

    def test_small_weights_are_one_sum(self):
        weights = weights_of(many(30), Goal.BROTLI, {"*": "uint8"})
        values = choices_spec(weights, "brotli")["data"]["values"]

        assert len(values) == MOST_WEIGHTS + 1
        assert (values[-1]["label"], values[-1]["bytes"]) == ("6 others", 6 * 7_036)
        assert choices_caption(weights, "brotli").startswith("The 24 largest weights")

    def test_nothing_to_draw(self):
        assert choices_spec((), "brotli") is None
        weights = weights_of(make_sensitivity(), Goal.BROTLI, {"*": "uint8-l5"})
        assert choices_spec(weights, "brotli") is None


class TestWeights:
    def test_a_panel_for_each_weight(self, view, snapshot):
        specs = weight_specs(view.weights, "brotli")

        assert [(name, size) for name, size, _ in specs] == [
            ("dense/MatMul", "28.4 kB in float32"),
            ("conv/kernel", "548 B in float32"),
            ("everything else", "359 B in float32"),
        ]
        assert json.dumps(specs[0][2], indent=1, ensure_ascii=False) == snapshot

    def test_what_is_exact_has_no_noise(self, view):
        (_, _, dense), *_ = weight_specs(view.weights, "brotli")
        values = {value["encoding"]: value for value in dense["data"]["values"]}

        assert "float32" not in values
        assert values["uint8-gptq-l8"]["chosen"]
        assert values["uint8-gptq-l8"]["saved"] == "25.0 kB, 88 %"
        assert not values["uint8-gptq-s50-l16"]["front"]
        assert values["uint8"]["upstream"]

    def test_panels_have_one_scale_of_noise(self, view):
        scales = {
            json.dumps(spec["layer"][-1]["encoding"]["y"]["scale"])
            for _, _, spec in weight_specs(view.weights, "brotli")
        }

        assert len(scales) == 1

    def test_the_largest_only(self):
        weights = weights_of(many(30), Goal.BROTLI)

        assert len(weight_specs(weights, "brotli")) == 12

    def test_nothing_to_draw(self):
        rows = make_sensitivity().rows
        exact = replace(rows[0], costs=rows[0].costs[:1])
        weights = weights_of(Sensitivity((exact,), 512), Goal.BROTLI)

        assert weight_specs(weights, "brotli") == ()
        assert weights_picture(weights, "brotli", "a", "b") is None

    def test_a_file(self, view):
        spec = weights_picture(view.weights, "brotli", "<digits>", "on 512 samples")
        svg = draw(spec, Form.SVG).decode()

        assert "dense/MatMul" in svg
        assert "&lt;digits&gt;" in svg
        assert LIGHT.targets[0] in svg


def test_both_looks_have_every_style(view):
    specs = [trials_spec(view, each) for each in Criterion]
    specs += [choices_spec(view.weights, "raw"), *weight_specs(view.weights, "raw")]
    used = {text.split('"')[0] for text in json.dumps(specs).split('"style": "')[1:]}

    assert used <= config(LIGHT)["style"].keys() == config(DARK)["style"].keys()


def test_names_are_one_line():
    rows = make_sensitivity().rows
    named = replace(rows[0], name="a\nb\x1b[31m", names=(DENSE,))
    weights = weights_of(Sensitivity((named,), 512), Goal.BROTLI, {DENSE: "uint8"})
    text = json.dumps([choices_spec(weights, "brotli"), weight_specs(weights, "brotli")])

    assert "\\u001b" not in text
    assert "\\n" not in text


def test_long_names_keep_both_ends_where_there_is_little_room():
    rows = make_sensitivity().rows
    long = "block_7/" + "deep/" * 12 + "pointwise"
    named = replace(rows[0], name=long, names=(long,))
    weights = weights_of(Sensitivity((named, rows[1]), 512), Goal.BROTLI, {long: "uint8"})

    value, _ = choices_spec(weights, "brotli")["data"]["values"]
    assert value["short"] == "block_7/d…ointwise"
    assert value["name"] == long
    svg = draw(weights_picture(weights, "brotli", "a", "b"), Form.SVG).decode()
    assert "block_7/deep/deep/de…deep/deep/pointwise" in svg
