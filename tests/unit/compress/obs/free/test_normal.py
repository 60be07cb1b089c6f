"""Moments of clipped normal distributions."""

import math

import numpy as np
import pytest

from sizewise.compress.obs.free.normal import Spread, moved, rectified, scaled, total


def integrated(mean, deviation, ceiling):
    """Mean and variance of the clipped distribution, by summing over a fine grid."""
    points = np.linspace(-12, 12, 400_001)
    shares = np.exp(-0.5 * points**2)
    shares /= shares.sum()
    values = np.clip(mean + deviation * points, 0, ceiling)
    first = (shares * values).sum()
    return first, (shares * (values - first) ** 2).sum()


@pytest.mark.parametrize("ceiling", [math.inf, 6.0])
@pytest.mark.parametrize("mean", [-4.0, -0.5, 0.0, 0.7, 5.5, 9.0])
@pytest.mark.parametrize("deviation", [0.2, 1.0, 3.0])
def test_rectified_is_what_integration_gives(mean, deviation, ceiling):
    found = rectified(Spread(np.array([mean]), np.array([deviation**2])), ceiling)
    first, variance = integrated(mean, deviation, ceiling)
    assert found.mean[0] == pytest.approx(first, abs=1e-6)
    assert found.variance[0] == pytest.approx(variance, abs=1e-6)


def test_a_channel_that_never_varies_is_clipped_itself():
    spread = Spread(np.array([-1.0, 2.0, 8.0]), np.zeros(3))
    np.testing.assert_array_equal(rectified(spread, 6.0).mean, [0, 2, 6])
    np.testing.assert_array_equal(rectified(spread).mean, [0, 2, 8])
    np.testing.assert_array_equal(rectified(spread).variance, [0, 0, 0])


def test_sums_multiples_and_offsets():
    one, other = Spread(np.array([1.0]), np.array([4.0])), Spread(np.array([2.0]), np.array([9.0]))
    assert (total(one, other).mean[0], total(one, other).variance[0]) == (3, 13)
    assert (scaled(one, np.array(-3.0)).mean[0], scaled(one, np.array(-3.0)).variance[0]) == (
        -3,
        36,
    )
    assert (moved(one, np.array(5.0)).mean[0], moved(one, np.array(5.0)).variance[0]) == (6, 4)
