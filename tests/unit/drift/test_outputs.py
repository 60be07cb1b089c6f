"""Binding outputs by name, and the errors between them."""

from __future__ import annotations

import numpy as np
import pytest

from sizewise.drift.outputs import bind, output_drift
from sizewise.errors import ConversionError, DataError, NonFiniteError


def test_errors_are_over_all_outputs_together():
    reference = {"a": np.array([[3.0], [4.0]]), "b": np.array([0.0, 12.0], np.float32)}
    outputs = {"b": np.array([0.0, 10.0], np.float32), "a": np.array([[3.0], [5.0]])}
    drift = output_drift(bind(reference, outputs))
    assert drift.max_abs_error == 2.0
    assert drift.mean_abs_error == pytest.approx(3 / 4)
    assert drift.sqnr_db == pytest.approx(10 * np.log10(169 / 5))
    assert drift.cosine == pytest.approx((9 + 20 + 120) / (13 * np.sqrt(9 + 25 + 100)))


def test_an_exact_match_has_no_ratio_to_noise():
    values = {"y": np.random.default_rng(0).normal(size=(20, 5))}
    drift = output_drift(bind(values, values))
    assert drift == (0.0, 0.0, None, pytest.approx(1.0))
    assert drift.cosine <= 1.0


def test_zeros_have_neither_signal_nor_direction():
    drift = output_drift(bind({"y": np.zeros((3, 2))}, {"y": np.ones((3, 2))}))
    assert drift == (1.0, 1.0, None, None)


def test_integers_are_compared_without_wrapping():
    drift = output_drift(bind({"y": np.array([250], np.uint8)}, {"y": np.array([255], np.uint8)}))
    assert drift.max_abs_error == 5.0


def test_a_missing_output_is_named_with_the_nearest():
    with pytest.raises(ConversionError, match=r"no output 'logits'; did you mean 'logit'\?"):
        bind({"logits": np.zeros((1, 2))}, {"logit": np.zeros((1, 2))})


def test_another_shape_is_told():
    with pytest.raises(ConversionError, match=r"'y' has the shape \[2, 3\].* has \[3, 2\]"):
        bind({"y": np.zeros((3, 2))}, {"y": np.zeros((2, 3))})


def test_non_finite_values_are_counted_and_told_apart_by_side():
    good, bad = np.zeros((2, 3)), np.array([[np.nan, 1, 2], [np.inf, -np.inf, 0]])
    with pytest.raises(NonFiniteError, match="output 'y': 3 of 6 values"):
        bind({"y": good}, {"y": bad})
    with pytest.raises(DataError, match="'y' of the reference: 3 of 6 values"):
        bind({"y": bad}, {"y": good})


@pytest.mark.parametrize("reference", [{}, {"y": np.zeros((0, 2))}, {"y": np.array(1.0)}])
def test_a_reference_without_samples_is_refused(reference):
    with pytest.raises(DataError):
        bind(reference, reference)


def test_text_cannot_be_compared():
    words = {"y": np.array(["yes", "no"])}
    with pytest.raises(DataError, match="no real number"):
        bind(words, words)
