"""The class scores that outputs of any shape become."""

from __future__ import annotations

import numpy as np
import pytest

from sizewise.drift.scores import binary_threshold, class_scores, columns, top_class
from sizewise.errors import DataError


def test_a_single_column_becomes_two_around_its_threshold():
    for column in (np.array([0.2, 0.5, 0.7]), np.array([[0.2], [0.5], [0.7]])):
        scores = class_scores("y", column, 0.5)
        assert scores.shape == (3, 2)
        assert top_class(scores).tolist() == [0, 0, 1]


def test_the_threshold_follows_from_the_range():
    assert binary_threshold(np.array([0.0, 0.3, 1.0])) == 0.5
    assert binary_threshold(np.array([-0.1, 0.3])) == 0.0
    assert binary_threshold(np.array([0.2, 1.1])) == 0.0


def test_axes_of_length_one_between_samples_and_classes_are_dropped():
    assert class_scores("y", np.zeros((5, 1, 1, 3)), 0.5).shape == (5, 3)


def test_an_image_of_class_scores_is_refused_by_name():
    with pytest.raises(DataError, match=r"'mask' has the shape \[5, 8, 8, 3\]"):
        class_scores("mask", np.zeros((5, 8, 8, 3)), 0.5)


@pytest.mark.parametrize(
    ("shape", "count"),
    [((5,), 1), ((5, 1), 1), ((5, 1, 3), 3), ((5, 2, 3), None), ((5, 4, 4, 1), None)],
)
def test_columns_are_numbers_a_sample(shape, count):
    assert columns(np.zeros(shape)) == count
