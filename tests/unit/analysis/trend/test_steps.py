import numpy as np
import pytest

from sizewise.analysis.trend import scan
from sizewise.analysis.trend.steps import Levels, blocks_of, find_steps, level

LEVELS = Levels(split=0.03, arc=0.003)


def found_in(values):
    return find_steps(values, scan.noise(values), LEVELS)


def test_several_steps_are_found_in_order():
    values = np.random.default_rng(0).normal(size=80) * 0.2
    values[20:] += 1
    values[45:] -= 2
    values[60:] += 3
    assert found_in(values) == (20, 45, 60)


def test_a_level_that_was_left_and_came_back():
    values = np.random.default_rng(1).normal(size=60) * 0.2
    values[28:35] += 1
    assert found_in(values) == (28, 35)


def test_one_wild_night_is_no_step():
    values = np.random.default_rng(2).normal(size=60) * 0.2
    values[28] += 20
    assert found_in(values) == ()


def test_blocks_lie_between_steps():
    assert blocks_of(10, (3, 7)) == (slice(0, 3), slice(3, 7), slice(7, 10))
    assert blocks_of(10, ()) == (slice(0, 10),)


def test_a_level_is_a_mean_that_one_wild_night_hardly_moves():
    values = np.random.default_rng(3).normal(5, 0.2, size=40)
    calm = level(values, 0.2)
    assert calm == pytest.approx(values.mean(), abs=0.02)
    values[7] = 1e6
    assert level(values, 0.2) == pytest.approx(calm, abs=0.05)
