import itertools
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.analysis import summarise
from sizewise.analysis.figures import BROTLI, METRIC
from sizewise.analysis.layers import by_layer
from sizewise.analysis.recommend import recommend
from sizewise.domain import Limit
from sizewise.reports.pictures import (
    DARK,
    LIGHT,
    Form,
    config,
    draw,
    history_spec,
    layers_caption,
    layers_spec,
    pareto_spec,
    parts_spec,
    pictures,
)
from sizewise.reports.pictures.axes import loss_axis, size_axis, ticks
from support.budgets import written
from support.layers import kept_tensors, make_tensor
from support.rows import make_failure, make_record, make_run, make_showcase


def pareto_of(run, place=0, budgets=(), **limits):
    return pareto_spec(summarise(run).models[place], recommend(run, **limits)[place], budgets)


def values_of(spec):
    return {value["name"]: value for value in spec["data"]["values"]}


def layers_of(spec, style):
    return [layer for layer in spec["layer"] if layer["mark"].get("style") == style]


class TestPareto:
    def test_the_whole_picture(self, snapshot):
        spec = pareto_of(make_showcase())
        assert json.dumps(spec, indent=1, ensure_ascii=False) == snapshot

    def test_each_variant_has_its_place(self):
        values = values_of(pareto_of(make_showcase()))
        assert len(values) == 7
        best = values["uint8@tfjs"]
        places = [best[end] for end in ("x", "y", "low", "high")]
        assert places == pytest.approx([22_564, -0.2, -0.7, 0.3])
        assert [name for name, value in values.items() if value["best"]] == ["uint8@tfjs"]
        assert [name for name, value in values.items() if value["front"]] == [
            "prune80/uint8@tfjs",
            "prune50/uint8@tfjs",
            "uint8@tfjs",
        ]
        assert values["prune50/uint8@tfjs"]["filled"] is False
        assert values["int8@tflite"]["place"] == "beaten by uint8@tfjs"

    def test_the_limit_is_drawn_in_the_shown_unit(self):
        (rule,) = layers_of(pareto_of(make_showcase()), "limit")
        assert rule["encoding"]["y"]["datum"] == 1.0

    def test_budgets_of_the_model_are_lines(self):
        budgets = written('  "kws/*@tfjs": {brotli: 25 kB, drop: 5 pp, raw: +1 %}\n')
        rules = layers_of(pareto_of(make_showcase(), budgets=budgets), "budget")
        assert [rule["encoding"][axis]["datum"] for rule, axis in zip(rules, "xy", strict=True)] \
            == [25_000, 5.0]  # fmt: skip
        assert not layers_of(pareto_of(make_showcase(), 1, budgets), "budget")

    def test_a_budget_beyond_the_axes_is_left_out(self):
        budgets = written('  "kws/*": {brotli: 25 MB}\n')
        assert not layers_of(pareto_of(make_showcase(), budgets=budgets), "budget")

    def test_without_labels_agreement_is_the_axis(self):
        unlabelled = dict.fromkeys(["metric_drop", "metric_drop_low", "metric_drop_high"])
        row = make_record(agreement=0.95, agreement_low=0.9, agreement_high=0.97, **unlabelled)
        spec = pareto_of(make_run(row), max_drop=None, min_agreement=0.9)
        (value,) = spec["data"]["values"]
        places = [value[end] for end in ("y", "low", "high")]
        assert places == pytest.approx([5, 3, 10])
        assert not layers_of(spec, "limit")

    def test_without_classes_noise_is_the_axis_upside_down(self):
        nothing = dict.fromkeys(
            ["metric_drop", "metric_drop_low", "metric_drop_high", "agreement", "max_drop"]
        )
        row = make_record(sqnr_db=31.0, **nothing)
        spec = pareto_of(make_run(row))
        (value,) = spec["data"]["values"]
        assert (value["y"], value["loss"]) == (31.0, "31.0 dB")
        (variants,) = layers_of(spec, "variant")
        assert variants["encoding"]["y"]["scale"]["reverse"] is True

    def test_nothing_to_draw(self):
        run = make_run(make_failure("net/uint8@tfjs"))
        assert pareto_of(run) is None
        assert pareto_of(make_run(make_record()), optimize="raw", max_drop=Limit(0.01)) is None


class TestParts:
    def test_bars_add_up(self):
        (model, *_) = summarise(make_showcase()).models
        spec = parts_spec(model)
        bars, sent = (layer["data"]["values"] for layer in spec["layer"])
        totals = {}
        for bar in bars:
            totals[bar["name"]] = totals.get(bar["name"], 0) + bar["bytes"]
        assert totals["→ uint8@tfjs"] == 34_345
        assert {one["name"]: one["bytes"] for one in sent}["→ uint8@tfjs"] == 22_564
        assert spec["encoding"]["y"]["sort"][0] == "prune80/uint8@tfjs"

    def test_nothing_to_draw(self):
        (model,) = summarise(make_run(make_failure("net/uint8@tfjs"))).models
        assert parts_spec(model) is None


def by_layer_of(*records, read=kept_tensors):
    (model,) = summarise(make_run(*records)).models
    (found,) = by_layer(model, read)
    return found


class TestLayers:
    def test_bars_over_their_float32(self):
        smaller = make_record("net/uint8@tfjs", size_brotli_bytes=20_000)
        found = by_layer_of(make_record(), smaller)
        spec = layers_spec(found)
        values = spec["data"]["values"]
        assert spec["encoding"]["y"]["sort"] == [value["label"] for value in values]
        first, last = values[0], values[-1]
        assert (first["label"], first["bytes"], first["plain"]) == ("block_14", 1_400, 5_600)
        assert first["float32"] == "5.60 kB, 4.00× as much"
        assert (last["label"], last["name"], last["bytes"]) == ("4 others", "all 4 others", 1_000)
        assert [layer["mark"]["style"] for layer in spec["layer"]] == [
            "layer-plain",
            "layer",
            "layer-figure",
        ]
        assert layers_caption(found).endswith(" Faint: the same layers in float32.")

    def test_alone_there_is_nothing_faint(self):
        found = by_layer_of(make_record())
        spec = layers_spec(found)
        assert [layer["mark"]["style"] for layer in spec["layer"]] == ["layer", "layer-figure"]
        assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"][1] > 5_600
        assert "Faint" not in layers_caption(found)

    def test_long_names_keep_their_ends_and_stay_apart(self):
        names = [f"{start}/{'deep/' * 9}dense/kernel" for start in "abc"]
        found = by_layer_of(make_record(), read=lambda _: [make_tensor(name, 5) for name in names])
        labels = [value["label"] for value in layers_spec(found)["data"]["values"]]
        assert len(set(labels)) == 3
        assert all(label.startswith("…") and "deep/dense" in label for label in labels)

    def test_a_layer_without_bytes(self):
        found = by_layer_of(make_record(), read=lambda _: [make_tensor("net/empty/kernel", 0)])
        (value,) = layers_spec(found)["data"]["values"]
        assert value["text"] == "0 B · 0 %"


class TestAxes:
    @given(st.floats(1, 1e9), st.floats(1, 1e6))
    def test_sizes_lie_within_their_axis(self, low, factor):
        scale, named = size_axis([low, low * factor])
        start, end = scale["domain"]
        assert 0 < start < low <= low * factor < end
        assert all(start <= value <= end for value in named)

    @given(
        st.lists(st.floats(-1e3, 1e3).map(lambda value: round(value, 6)), min_size=1, max_size=9),
        st.one_of(st.none(), st.floats(0.001, 10)),
    )
    def test_losses_lie_within_their_axis(self, values, limit):
        scale, named = loss_axis(values, limit)
        start, end = scale["domain"]
        assert all(start < value < end for value in [0.0, *values])
        assert all(start <= value <= end for value in named)

    def test_a_ruined_variant_does_not_flatten_the_others(self):
        scale, named = loss_axis([0.0, 0.3, 70.0], 2.0)
        assert scale["type"] == "symlog"
        assert {0.0, 1.0, 10.0} <= set(named)
        assert loss_axis([0.0, 0.3, 7.0], 2.0)[0]["type"] == "linear"

    def test_sizes_that_are_nearly_the_same_are_named_all_the_same(self):
        _, named = size_axis([91_000, 98_000])
        assert named == [85_000, 90_000, 95_000, 100_000, 105_000]

    def test_named_values_are_round_and_apart(self):
        found = ticks([3_900, 41_000], math.log, gap=0.09)
        assert 10_000 in found
        room = 0.09 * math.log(41_000 / 3_900)
        assert all(math.log(b / a) >= room for a, b in itertools.pairwise(found))


class TestHistory:
    def test_labels_follow_the_unit(self):
        assert "kB" in json.dumps(history_spec(BROTLI, "accuracy"))
        assert "* 100" in json.dumps(history_spec(METRIC, "accuracy"))
        assert "* 1," in json.dumps(history_spec(METRIC, "mae"))


class TestFiles:
    def test_a_picture_a_model(self):
        run = make_showcase()
        found = dict(pictures(summarise(run), recommend(run)))
        assert list(found) == ["kws", "diabetes-mlp", "unlabelled"]
        svg = draw(found["kws"], Form.SVG).decode()
        assert svg.startswith("<svg")
        assert "ship uint8@tfjs" in svg
        assert "may drop 1.0 pp" in svg
        assert LIGHT.targets[0] in svg
        png = draw(found["kws"], Form.PNG)
        assert png.startswith(b"\x89PNG")

    def test_layers_are_in_the_picture(self):
        run = make_run(make_record())
        summary = summarise(run)
        layers = {"net": by_layer(summary.models[0], kept_tensors)}
        ((_, spec),) = pictures(summary, recommend(run), layers=layers)
        svg = draw(spec, Form.SVG).decode()
        assert "By layer: float32@tfjs" in svg
        assert "block_14" in svg

    def test_names_are_file_names(self):
        names = ["a/../b", "A-..-b", "<script>", "..", "<script>"]
        rows = [make_record(model=name) for name in names[:4]]
        run = make_run(*rows)
        found = [name for name, _ in pictures(summarise(run), recommend(run))]
        assert found == ["a-..-b", "A-..-b-2", "script", "model"]

    def test_a_name_is_text_in_a_picture(self):
        run = make_run(make_record(model="<script>alert(1)</script>"))
        ((_, spec),) = pictures(summarise(run), recommend(run))
        svg = draw(spec, Form.SVG).decode()
        assert "<script" not in svg
        assert "&lt;script&gt;" in svg

    def test_both_looks_have_every_style(self):
        assert config(LIGHT)["style"].keys() == config(DARK)["style"].keys()
        run = make_showcase()
        budgets = written('  "kws/*@tfjs": {brotli: 25 kB}\n')
        summary = summarise(run)
        layers = {model.name: by_layer(model, kept_tensors) for model in summary.models}
        found = pictures(summary, recommend(run), budgets, layers)
        spec = json.dumps([spec for _, spec in found])
        assert "layer-plain" in spec
        used = {text.split('"')[0] for text in spec.split('"style": "')[1:]}
        assert used <= config(LIGHT)["style"].keys()
