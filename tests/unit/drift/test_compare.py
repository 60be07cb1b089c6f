"""The comparison as a whole: which estimate goes where, and what is None."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sizewise.domain import Record
from sizewise.drift import compare, mcnemar_exact, tango, wilson
from sizewise.errors import ConversionError, DataError, NonFiniteError, SuiteError

N = 200


@pytest.fixture
def classifier():
    """A reference that is right 180 times; a variant that loses 12 of them and wins 4."""
    labels = np.arange(N) % 4
    reference = np.eye(4)[np.where(np.arange(N) < 180, labels, (labels + 1) % 4)]
    variant = reference.copy()
    variant[:12] = np.eye(4)[(labels[:12] + 2) % 4]
    variant[180:184] = np.eye(4)[labels[180:184]]
    return reference, variant, labels


def test_the_fields_are_columns_of_a_record(classifier):
    reference, variant, labels = classifier
    drift = compare({"y": reference}, {"y": variant}, labels, "accuracy")
    columns = {field.name for field in dataclasses.fields(Record)}
    assert {field.name for field in dataclasses.fields(drift)} <= columns


def test_accuracy_gets_tangos_interval_and_mcnemars_test(classifier):
    reference, variant, labels = classifier
    drift = compare({"y": reference}, {"y": variant}, labels, "accuracy")
    assert drift.samples == N
    assert drift.metric_reference == 0.9
    assert drift.metric_value == pytest.approx(172 / N)
    assert drift.metric_drop == pytest.approx(8 / N)
    assert (drift.metric_drop_low, drift.metric_drop_high) == tango(N, 12, 4)
    assert drift.metric_drop_interval == "tango"
    assert drift.metric_p_value == mcnemar_exact(12, 4)
    assert drift.agreement == pytest.approx(184 / N)
    assert (drift.agreement_low, drift.agreement_high) == wilson(184, N)


def test_a_variant_that_is_the_reference_still_has_an_interval(classifier):
    reference, _, labels = classifier
    drift = compare({"y": reference}, {"y": reference}, labels, "accuracy")
    assert drift.metric_drop == 0.0
    assert drift.metric_drop_low < 0 < drift.metric_drop_high
    assert drift.metric_p_value == 1.0
    assert drift.agreement_high == 1.0
    assert drift.sqnr_db is None


def test_without_labels_the_metric_is_none_and_agreement_stays(classifier):
    reference, variant, _ = classifier
    drift = compare({"y": reference}, {"y": variant}, None, "accuracy")
    fields = dataclasses.asdict(drift)
    assert {name for name, value in fields.items() if value is None} == {
        name for name in fields if name.startswith("metric_")
    }


@pytest.mark.parametrize("name", ["mae", "rmse"])
def test_a_larger_error_is_a_positive_drop_with_a_bootstrap_interval(name):
    generator = np.random.default_rng(1)
    labels = generator.normal(size=N)
    reference = (labels + generator.normal(0, 0.5, N))[:, None].astype(np.float32)
    variant = reference + 1
    drift = compare({"y": reference}, {"y": variant}, labels, name, seed=3)
    assert drift.metric_drop == pytest.approx(drift.metric_value - drift.metric_reference)
    assert 0 < drift.metric_drop_low < drift.metric_drop < drift.metric_drop_high
    assert drift.metric_drop_interval == "bootstrap"
    assert drift.metric_p_value is None
    assert (drift.agreement, drift.agreement_low, drift.agreement_high) == (None, None, None)
    assert compare({"y": reference}, {"y": variant}, labels, name, seed=3) == drift
    other = compare({"y": reference}, {"y": variant}, labels, name, seed=4)
    assert other.metric_drop_low != drift.metric_drop_low


def test_the_bootstrap_is_paired():
    generator = np.random.default_rng(2)
    labels = np.zeros(N)
    reference = generator.normal(0, 10, N)
    variant = reference + np.copysign(0.01, reference)
    drift = compare({"y": reference}, {"y": variant}, labels, "mae")
    assert drift.metric_drop_low == pytest.approx(0.01)
    assert drift.metric_drop_high == pytest.approx(0.01)


def test_the_first_output_is_judged_and_errors_are_over_all(classifier):
    reference, variant, labels = classifier
    drift = compare(
        {"scores": reference, "aux": np.zeros((N, 7))},
        {"aux": np.full((N, 7), 3.0), "scores": variant},
        labels,
        "accuracy",
    )
    assert drift.metric_reference == 0.9
    assert drift.max_abs_error == 3.0


def test_a_binary_score_is_cut_where_the_references_range_says():
    labels = np.array([0, 0, 1, 1])
    reference = np.array([[0.1], [0.4], [0.6], [0.9]])
    # Just past 1, as rounding has it: still a probability, because the reference is one.
    variant = np.array([[0.1], [0.3], [0.6], [1.0000001]])
    drift = compare({"y": reference}, {"y": variant}, labels, "accuracy")
    assert (drift.metric_reference, drift.metric_value, drift.agreement) == (1.0, 1.0, 1.0)


def test_auc_gets_delongs_interval_and_agreement_only_with_classes():
    generator = np.random.default_rng(6)
    labels = generator.integers(2, size=N)
    reference = labels + generator.normal(size=N)
    variant = reference + generator.normal(0, 0.5, N)
    drift = compare({"y": reference}, {"y": variant}, labels, "auc")
    assert drift.metric_drop_interval == "delong"
    assert drift.metric_drop_low < drift.metric_drop < drift.metric_drop_high
    assert drift.metric_p_value is None
    assert drift.agreement is None, "no threshold is known for the score of an anomaly"
    columns = np.stack([-reference, reference], axis=1)
    assert compare({"y": columns}, {"y": columns}, labels, "auc").agreement == 1.0


@pytest.mark.parametrize(("name", "labels"), [("f1", (N,)), ("mean_iou", (N, 2, 3))])
def test_metrics_of_counts_get_the_paired_bootstrap(name, labels):
    generator = np.random.default_rng(7)
    known = generator.integers(3, size=labels)
    reference = np.eye(3)[known] + generator.normal(0, 0.5, (*labels, 3))
    variant = reference + generator.normal(0, 0.5, reference.shape)
    drift = compare({"y": reference}, {"y": variant}, known, name)
    assert drift.metric_drop_interval == "bootstrap"
    assert 0 < drift.metric_drop_low < drift.metric_drop < drift.metric_drop_high
    assert (drift.agreement is None) == (name == "mean_iou")


def test_without_a_metric_outputs_of_several_classes_still_agree(classifier):
    reference, variant, labels = classifier
    drift = compare({"y": reference}, {"y": variant}, labels, None)
    assert drift.metric_value is None
    assert drift.agreement == pytest.approx(184 / N)
    assert drift.max_abs_error == 1.0
    single = compare({"y": reference[:, 0]}, {"y": variant[:, 0]}, None, None)
    assert single.agreement is None
    mask = np.zeros((4, 3, 3, 2))
    assert compare({"y": mask}, {"y": mask}, None, None).agreement is None


def test_bad_input_is_named(classifier):
    reference, variant, labels = classifier
    with pytest.raises(SuiteError, match=r"'acuracy'; did you mean 'accuracy'"):
        compare({"y": reference}, {"y": variant}, labels, "acuracy")
    with pytest.raises(ConversionError, match="no output 'y'"):
        compare({"y": reference}, {"z": variant}, labels, "accuracy")
    with pytest.raises(DataError, match="largest label is 11 where the model has 4 classes"):
        compare({"y": reference}, {"y": variant}, np.full(N, 11), "accuracy")
    with pytest.raises(NonFiniteError, match="output 'y'"):
        compare({"y": reference}, {"y": np.full_like(variant, np.nan)}, labels, "accuracy")
    with pytest.raises(DataError, match="'aux' of the reference has another number"):
        compare(
            {"y": reference, "aux": np.zeros(3)},
            {"y": variant, "aux": np.zeros(3)},
            labels,
            "accuracy",
        )
