"""Metrics that are the user's own functions."""

from __future__ import annotations

import numpy as np
import pytest

from sizewise.drift import check_metric, compare
from sizewise.errors import DataError, SuiteError

CODE = """
import numpy as np

def worst(outputs, labels):
    return np.abs(outputs - labels).max()

worst.lower_is_better = True

def total(outputs, labels):
    assert sorted(outputs) == ["a", "b"]
    return (outputs["a"].sum() + outputs["b"].sum()) / len(labels)

def words(outputs, labels):
    return "good"

def nothing(outputs, labels):
    return float("nan")

def broken(outputs, labels):
    raise KeyError("labels")

number = 7
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "my_metrics.py").write_text(CODE)
    yield tmp_path
    import sys

    sys.modules.pop("my_metrics", None)


def test_a_metric_of_ones_own_is_resampled_as_a_whole(folder):
    generator = np.random.default_rng(6)
    reference = generator.normal(size=30)
    outputs = {"y": reference}, {"y": reference * 2}
    drift = compare(*outputs, np.zeros(30), "my_metrics:worst", metric_folder=folder)
    assert drift.metric_drop == pytest.approx(np.abs(reference).max())
    assert 0 < drift.metric_drop_low <= drift.metric_drop_high <= drift.metric_drop
    assert drift.metric_drop_interval == "bootstrap"
    assert drift == compare(*outputs, np.zeros(30), "my_metrics:worst", metric_folder=folder)


def test_several_outputs_come_by_name_and_more_is_better(folder):
    reference, variant = ({"a": np.full(5, a), "b": np.full((5, 2), 1.0)} for a in (2.0, 1.0))
    drift = compare(reference, variant, np.zeros(5), "my_metrics:total", metric_folder=folder)
    assert (drift.metric_reference, drift.metric_value, drift.metric_drop) == (4.0, 3.0, 1.0)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("words", "the metric my_metrics:words gives a str; return one number"),
        ("nothing", "the metric my_metrics:nothing gives nan; return a finite number"),
        ("broken", "calling my_metrics:broken raised KeyError: 'labels'"),
    ],
)
def test_a_metric_that_gives_no_number_is_named(folder, name, message):
    outputs = {"y": np.ones(4)}
    with pytest.raises(DataError) as caught:
        compare(outputs, outputs, np.ones(4), f"my_metrics:{name}", metric_folder=folder)
    assert str(caught.value).startswith(message)


def test_labels_of_another_number_are_refused(folder):
    outputs = {"y": np.ones(4)}
    with pytest.raises(DataError, match="3 labels for 4 samples"):
        compare(outputs, outputs, np.ones(3), "my_metrics:worst", metric_folder=folder)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("my_metrics:wurst", "has no 'wurst'; did you mean 'worst'?"),
        ("my_metrics:number", "my_metrics:number is a int and no function"),
        ("no_such_module:metric", "there is no Python module 'no_such_module'"),
        ("acuracy", "unknown metric 'acuracy'; did you mean 'accuracy'?"),
    ],
)
def test_metrics_that_are_not_there(folder, name, message):
    with pytest.raises(SuiteError) as caught:
        check_metric(name, folder)
    assert message in str(caught.value)


def test_metrics_that_are_there(folder):
    for name in (None, "accuracy", "my_metrics:worst"):
        check_metric(name, folder)
