"""Labels that fit, and labels that do not."""

from __future__ import annotations

import numpy as np
import pytest

from sizewise.drift.labels import class_labels, target_values
from sizewise.errors import DataError


@pytest.mark.parametrize(
    "labels", [np.array([0, 2, 1], np.uint8), np.array([[0], [2], [1]]), np.array([0.0, 2.0, 1.0])]
)
def test_class_indices_of_any_type_become_int64(labels):
    known = class_labels(labels, 3, 3)
    assert known.tolist() == [0, 2, 1]
    assert known.dtype == np.int64


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0, 1, 12]), "largest label is 12 where the model has 3 classes"),
        (np.array([0, -1, 2]), "smallest label is -1 where the model has 3 classes"),
        (np.array([0, 0.5, 1]), "no whole numbers"),
        (np.array([0, np.nan, 1]), "no whole numbers"),
        (np.array([0, np.inf, 1]), "no whole numbers"),
        (np.array([0, 1]), r"shape \[2\] where 3 samples"),
        (np.eye(3), r"shape \[3, 3\] where 3 samples"),
        (np.array([[0, 1, 2]]), r"shape \[1, 3\] where 3 samples"),
        (np.array(1), r"shape \[\] where 3 samples"),
        (np.array(["a", "b", "c"]), "no class indices"),
    ],
)
def test_labels_that_are_no_classes_are_refused(labels, message):
    with pytest.raises(DataError, match=message):
        class_labels(labels, 3, 3)


def test_target_values_take_the_shape_of_the_output():
    assert target_values(np.array([1, 2, 3]), (3, 1)).tolist() == [[1.0], [2.0], [3.0]]
    assert target_values(np.zeros((4, 1, 2)), (4, 2)).shape == (4, 2)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros(3), r"shape \[3\] where the model's output has \[3, 2\]"),
        (np.zeros((2, 3)), r"shape \[2, 3\]"),
        (np.array([[1, 2], [3, np.nan], [5, 6]]), "NaN or infinity"),
        (np.array([["a", "b"]] * 3), "no numbers"),
    ],
)
def test_labels_that_are_no_targets_are_refused(labels, message):
    with pytest.raises(DataError, match=message):
        target_values(labels, (3, 2))
