import numpy as np
import pytest
from scipy import stats

from sizewise.analysis.trend.drift import neighbour_slope, slope, trend_p_value
from sizewise.analysis.trend.steps import blocks_of

TIMES = np.arange(40.0)


@pytest.fixture
def values():
    return np.random.default_rng(0).normal(size=40) + 0.02 * TIMES


def test_the_slope_is_that_of_theil_and_sen(values):
    expected = stats.theilslopes(values, TIMES).slope
    assert slope(TIMES, values, blocks_of(40, ())) == pytest.approx(expected)


def test_the_slope_takes_no_notice_of_a_step(values):
    values[20:] += 50
    assert slope(TIMES, values, blocks_of(40, (20,))) == pytest.approx(0.02, abs=0.03)


def test_slopes_are_by_time_and_missing_nights_do_not_steepen_them():
    times = np.array([0.0, 1, 2, 10, 11, 30])
    assert slope(times, 3 * times, blocks_of(6, ())) == pytest.approx(3)
    assert neighbour_slope(times, 3 * times) == pytest.approx(3)


def test_runs_at_the_same_time_have_no_slope():
    times = np.zeros(5)
    assert slope(times, np.arange(5.0), blocks_of(5, ())) == 0.0
    assert neighbour_slope(times, np.arange(5.0)) == 0.0


@pytest.mark.parametrize("rounded", [False, True], ids=["distinct", "ties"])
def test_the_p_value_is_kendalls(values, rounded):
    values = values.round() if rounded else values
    expected = stats.kendalltau(TIMES, values, method="asymptotic").pvalue
    # Ours corrects for continuity, theirs does not.
    assert trend_p_value(values, blocks_of(40, ())) == pytest.approx(expected, rel=0.15)
    assert trend_p_value(values, blocks_of(40, ())) > expected


def test_blocks_are_not_compared_with_each_other():
    stairs = np.repeat([0.0, 1.0, 2.0, 3.0], 10) + np.random.default_rng(1).normal(size=40) * 0.01
    assert trend_p_value(stairs, blocks_of(40, ())) < 1e-6
    assert trend_p_value(stairs, blocks_of(40, (10, 20, 30))) > 0.05


def test_inflation_makes_it_less_sure(values):
    blocks = blocks_of(40, ())
    assert trend_p_value(values, blocks, 2.0) > trend_p_value(values, blocks)


def test_constant_values_have_no_trend():
    assert trend_p_value(np.ones(40), blocks_of(40, ())) == 1.0
