import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.analysis.power import POWER, samples_needed
from sizewise.drift.intervals import tango, wilson


def test_half_the_power_asks_that_the_half_width_shrinks_to_the_margin():
    # Half-width 2, margin 1: it has to halve, which takes four times the samples.
    assert samples_needed(100, 0.02, 0.01, power=0.5) == 400


def test_more_power_takes_more_samples():
    # (1.95996 + 0.84162) / 1.95996 = 1.42941, squared 2.04321.
    assert samples_needed(100, 0.02, 0.01, power=0.8) == math.ceil(400 * 2.043212)


@pytest.mark.parametrize("margin", [0.0, -0.001])
def test_an_estimate_that_is_not_within_is_settled_by_no_number(margin):
    assert samples_needed(100, 0.02, margin) is None


@pytest.mark.parametrize(("samples", "half_width"), [(0, 0.1), (-5, 0.1), (10, -0.1)])
def test_what_tells_nothing_is_refused(samples, half_width):
    with pytest.raises(ValueError, match="tell nothing"):
        samples_needed(samples, half_width, 0.1)


@given(st.integers(1, 10_000), st.floats(1e-4, 1), st.floats(1e-4, 1), st.floats(1e-4, 1))
def test_a_wider_margin_never_takes_more(samples, half_width, one, other):
    wide, narrow = max(one, other), min(one, other)
    # None is more than there can be.
    most = samples_needed(samples, half_width, narrow)
    if most is not None:
        assert samples_needed(samples, half_width, wide) <= most


@pytest.mark.parametrize(
    ("lost", "won", "limit"), [(0.03, 0.02, 0.03), (0.10, 0.10, 0.04), (0.02, 0.03, 0.01)]
)
def test_the_advised_number_settles_a_drop_as_often_as_it_says(lost, won, limit):
    """Simulated: models that change ``lost`` and ``won`` of the answers, judged on that many."""
    n = 400
    drop = lost - won
    seen = tango(n, round(n * lost), round(n * won))
    advised = samples_needed(n, seen.high - drop, limit - drop)
    generator = np.random.default_rng(11)
    drawn = generator.multinomial(advised, [lost, won, 1 - lost - won], size=600)
    settled = np.mean([tango(advised, int(b), int(c)).high <= limit for b, c, _ in drawn])
    assert settled == pytest.approx(POWER, abs=0.06)


def test_the_advised_number_settles_an_agreement_as_often_as_it_says():
    n, truth, limit = 500, 0.95, 0.93
    seen = wilson(round(n * truth), n)
    advised = samples_needed(n, truth - seen.low, truth - limit)
    drawn = np.random.default_rng(12).binomial(advised, truth, size=2000)
    settled = np.mean([wilson(int(count), advised).low >= limit for count in drawn])
    assert settled == pytest.approx(POWER, abs=0.06)


def test_next_to_no_margin_is_settled_by_no_number():
    assert samples_needed(1000, 0.03, 1e-200) is None
