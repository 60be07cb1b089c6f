"""What each tensor costs, kept on disk and given to the allocation."""

import math

import pytest

from sizewise.domain.tuning import Goal
from sizewise.errors import RecordsError
from sizewise.tune import (
    REST,
    Cost,
    Figures,
    Sensitivity,
    TensorRow,
    load_sensitivity,
    save_sensitivity,
)

KERNEL = TensorRow(
    "kernel",
    ("kernel",),
    100,
    (
        Cost("float32", 400, 390, Figures(50, math.inf, 1.0, 0.9)),
        Cost("uint8", 100, 95, Figures(50, 30.0, 1.0, 0.9)),
        Cost("uint8-l4", 100, 25, Figures(50, -math.inf)),
    ),
)
SMALL = TensorRow(REST, ("bias", "offset"), 20, (Cost("float32", 80, 80, Figures(50, math.inf)),))
SENSITIVITY = Sensitivity((KERNEL, SMALL), 50)


def test_it_is_read_as_it_was_written(tmp_path):
    save_sensitivity(tmp_path / "s.json", SENSITIVITY)

    assert load_sensitivity(tmp_path / "s.json") == SENSITIVITY
    assert load_sensitivity(tmp_path / "none.json") is None


@pytest.mark.parametrize("text", ["", "[]", '{"rows": [{}], "samples": 1}'])
def test_something_else_is_refused(tmp_path, text):
    (tmp_path / "s.json").write_text(text)

    with pytest.raises(RecordsError, match="cannot be read"):
        load_sensitivity(tmp_path / "s.json")


def test_noise_is_the_ratio_without_its_decibels():
    points = KERNEL.choices(Goal.BROTLI).points

    assert [point.distortion for point in points] == [0.0, pytest.approx(1e-3), math.inf]
    assert [point.size for point in points] == [390, 95, 25]


def test_the_goal_says_which_bytes_count():
    assert [point.size for point in KERNEL.choices(Goal.RAW).points] == [400, 100, 100]


def test_a_map_may_look_among_some_encodings_alone():
    (kernel, small) = SENSITIVITY.choices(Goal.RAW, ("float32", "uint8"))

    assert [point.encoding for point in kernel.points] == ["float32", "uint8"]
    assert small.name == REST
    assert SENSITIVITY.small == ("bias", "offset")
