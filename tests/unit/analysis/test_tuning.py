"""Fronts, savings, and what each weight has of what it could have."""

import math

import pytest

from sizewise.analysis.standing import Criterion
from sizewise.analysis.tuning import loss_of, view_of, weights_of
from sizewise.domain.tuning import Goal
from sizewise.tune import ALL, REST, Figures
from support.tuned import DENSE, KERNEL, figures, make_outcome, make_sensitivity, make_trials


def front(view, criterion):
    return [each.item.number for each in view.fronts[criterion] if each.on_front]


class TestView:
    def test_what_was_saved(self):
        view = view_of(make_outcome())

        assert view.baseline.encodings == {ALL: "float32"}
        assert view.saved_of_upstream == pytest.approx(1 - 5_827 / 9_616)
        assert view.saved_of_baseline == pytest.approx(1 - 5_827 / 33_854)
        assert view.saved_of_upstream_weights == pytest.approx(1 - 4_427 / 8_216)

    def test_raw_sizes_where_they_are_to_be_small(self):
        outcome = make_outcome(goal=Goal.RAW)

        assert view_of(outcome).weights[0].plain == 30_720

    def test_fronts_are_of_test_samples(self):
        view = view_of(make_outcome())

        assert front(view, Criterion.SQNR) == [7, 6, 3, 1, 2, 0]
        assert front(view, Criterion.DROP) == [7, 6, 3]
        assert front(view, Criterion.AGREEMENT) == [7, 6, 3]
        items = {each.item.number for each in view.fronts[Criterion.SQNR]}
        assert items == {0, 1, 2, 3, 6, 7}

    def test_what_was_not_measured_has_no_front(self):
        trials = make_trials()[:1]
        bare = type(trials[0])(0, trials[0].phase, {ALL: "float32"}, 4, 4, 3, Figures(9, 30.0),
                               True, "node-wasm", 0.1)  # fmt: skip
        view = view_of(make_outcome(best=0, trials=(bare,), sensitivity=None))

        assert set(view.fronts) == {Criterion.SQNR}
        assert view.weights == ()


class TestLoss:
    def test_of_each_kind(self):
        found = figures(20.0, 0.01, 0.97)

        assert loss_of(found, Criterion.DROP) == 0.01
        assert loss_of(found, Criterion.AGREEMENT) == pytest.approx(0.03)
        assert loss_of(found, Criterion.SQNR) == pytest.approx(0.01)

    def test_without_labels_and_classes(self):
        bare = Figures(9, math.inf)

        assert [loss_of(bare, each) for each in Criterion] == [None, None, 0.0]


class TestWeights:
    def test_options_and_what_they_save(self):
        dense, kernel, rest = weights_of(make_sensitivity(), Goal.BROTLI)

        assert (dense.name, dense.label, dense.plain) == (DENSE, "dense/MatMul", 28_352)
        assert (kernel.label, rest.label) == ("conv/kernel", REST)
        by_name = {option.encoding: option for option in dense.options}
        assert by_name["uint8-gptq-l8"].saved == 28_352 - 3_312
        assert [name for name, option in by_name.items() if option.is_upstream] == [
            "float32",
            "float16",
            "uint16",
            "uint8",
        ]
        # Larger than eight levels, and less exact.
        assert not by_name["uint8-gptq-s50-l16"].on_front
        assert by_name["uint8-gptq-l8"].on_front
        assert (dense.encoding, dense.chosen, dense.bits) == (None, None, None)

    def test_what_a_mix_has(self):
        dense, kernel, rest = view_of(make_outcome()).weights

        assert (dense.encoding, dense.chosen.size) == ("uint8-gptq-l8", 3_312)
        assert dense.bits == pytest.approx(8 * 3_312 / 7_680)
        assert (kernel.encoding, kernel.chosen.size) == ("uint8", 148)
        # Biases that are calibrated with their kernels take what plain ones take.
        assert (rest.encoding, rest.chosen.encoding) == ("uint8-gptq", "uint8")

    def test_one_encoding_for_all(self):
        found = weights_of(make_sensitivity(), Goal.BROTLI, {ALL: "float16"})

        assert [weight.chosen.encoding for weight in found] == ["float16"] * 3

    def test_what_a_mix_does_not_name_stays_float32(self):
        found = weights_of(make_sensitivity(), Goal.BROTLI, {DENSE: "uint8"})

        assert [weight.encoding for weight in found] == ["uint8", "float32", "float32"]

    def test_an_encoding_that_was_not_measured_has_no_bytes(self):
        _, kernel, _ = weights_of(make_sensitivity(), Goal.BROTLI, {KERNEL: "uint8-l5"})

        assert (kernel.encoding, kernel.chosen, kernel.bits) == ("uint8-l5", None, None)
