import numpy as np
import pytest

from sizewise.analysis.trend import scan

NOISES = {
    "gaussian": lambda rng, shape: rng.normal(size=shape),
    "heavy tails": lambda rng, shape: rng.standard_t(3, size=shape),
    "skewed": lambda rng, shape: rng.lognormal(0, 0.5, size=shape),
}


def scores_of(values):
    return scan.scores(values, scan.noise(values))


def autoregressive(rng, count, correlation):
    values = [rng.normal()]
    for _ in range(count - 1):
        values.append(correlation * values[-1] + rng.normal() * np.sqrt(1 - correlation**2))
    return np.array(values)


def test_noise_is_what_varies_from_night_to_night():
    rng = np.random.default_rng(0)
    values = rng.normal(0, 0.08, 4000)
    assert scan.noise(values) == pytest.approx(0.08, rel=0.1)
    values[2000:] += 5
    values[::50] += 3
    assert scan.noise(values + 0.01 * np.arange(4000)) == pytest.approx(0.08, rel=0.1)
    assert scan.noise(np.arange(20) * 0.1) == pytest.approx(0)


def test_one_wild_night_counts_for_no_more_than_the_clip():
    values = np.random.default_rng(1).normal(size=60)
    values[17] = 1e6
    assert scores_of(values).max() == scan.CLIP
    assert np.abs(scan.best_split(scores_of(values)).z) < 4


def test_without_noise_the_direction_is_left():
    assert scan.scores(np.array([1.0, 1.0, 1.0, 2.0]), 0.0).tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("rise", [2.0, -2.0])
def test_a_split_is_found_where_it_is(rise):
    values = np.random.default_rng(2).normal(size=60) * 0.3
    values[41:] += rise
    found = scan.best_split(scores_of(values))
    assert found.cuts == (41,)
    assert np.sign(found.z) == np.sign(rise)


@pytest.mark.parametrize("rise", [2.0, -2.0])
def test_an_arc_is_found_where_it_is(rise):
    values = np.random.default_rng(3).normal(size=60) * 0.3
    values[30:38] += rise
    found = scan.best_arc(scores_of(values))
    assert found.cuts == pytest.approx((30, 38), abs=2)
    assert np.sign(found.z) == np.sign(rise)


def test_contrasts_are_those_of_the_two_sample_statistic():
    values = np.random.default_rng(4).normal(size=20)
    pooled = values.var(ddof=1)
    for place in (3, 9, 17):
        difference = values[place:].mean() - values[:place].mean()
        expected = difference / np.sqrt(pooled * (1 / place + 1 / (20 - place)))
        assert scan.split_contrasts(values, np.array([place]))[0] == pytest.approx(expected)


@pytest.mark.parametrize("length", [0, 1, 5])
def test_too_short_for_a_scan(length):
    assert scan.best_split(np.arange(length, dtype=float)) is None
    assert scan.best_arc(np.arange(length, dtype=float)) is None


def test_a_constant_series_has_no_contrast():
    assert scan.best_split(np.ones(20)) is None
    assert scan.best_arc(np.ones(20)) is None


@pytest.mark.parametrize("count", [12, 60, 200])
@pytest.mark.parametrize("noise", NOISES)
def test_p_values_hold_what_they_promise(noise, count):
    """At most the nominal share of pure noise, and for splits not much less."""
    rows = NOISES[noise](np.random.default_rng(5), (1000, count))
    splits = [scan.best_split(scores_of(row)) for row in rows]
    arcs = [scan.best_arc(scores_of(row)) for row in rows]
    split_alarms = np.mean([scan.split_p_value(abs(found.z), count) < 0.05 for found in splits])
    arc_alarms = np.mean([found and scan.arc_p_value(abs(found.z), count) < 0.01 for found in arcs])
    assert 0.02 < split_alarms < 0.065
    assert arc_alarms < 0.025


def test_p_values_fall_with_the_contrast_and_rise_with_the_places():
    assert scan.split_p_value(0.5, 60) == 1.0
    assert scan.arc_p_value(0.5, 60) == 1.0
    splits = [scan.split_p_value(z, 60) for z in (2.0, 3.0, 4.0, 5.0)]
    assert splits == sorted(splits, reverse=True)
    assert scan.split_p_value(3.5, 30) < scan.split_p_value(3.5, 300)
    assert scan.split_p_value(4.0, 60) < scan.arc_p_value(4.0, 60)


def test_autocorrelation_widens():
    rng = np.random.default_rng(6)
    widths = [_width(autoregressive(rng, 200, 0.6)) for _ in range(50)]
    # The root of (1 + 0.6) / (1 - 0.6) is 2.
    assert 1.3 < np.median(widths) <= 2.0


@pytest.mark.parametrize("steps", [[90], [60, 120], [40, 80, 120, 160]])
def test_steps_are_no_autocorrelation(steps):
    values = np.random.default_rng(7).normal(size=(50, 200))
    for number, step in enumerate(steps):
        values[:, step:] += 6 * (-1) ** number + 1
    assert np.mean([_width(row) for row in values]) < 1.15


def test_nor_is_a_drift():
    values = np.random.default_rng(8).normal(size=(50, 200)) + np.arange(200)
    assert np.mean([_width(row) for row in values]) < 1.15


def _width(values):
    scale = scan.noise(values)
    scores = scan.scores(values, scale)
    return scan.inflation(values, scale, [scan.best_split(scores), scan.best_arc(scores)])
