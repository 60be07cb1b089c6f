"""Second moments that are made up from means and variances."""

import numpy as np
import pytest

from sizewise.compress.obs.calibration import Problem
from sizewise.compress.obs.choices import choices
from sizewise.compress.obs.contractions import Product
from sizewise.compress.obs.convolutions import Convolution
from sizewise.compress.obs.free.inputs import DEPTHWISE, assumed_moments, inferred_moments
from sizewise.compress.obs.free.normal import Spread
from sizewise.compress.obs.grid import whole_grid
from sizewise.compress.obs.levels import rounded_problem

RNG = np.random.default_rng(0)


def product(inputs, outputs):
    return Product((inputs, outputs), on_the_left=False, kernel_turned=False, others_turned=False)


def convolution(*size, padding="VALID", depthwise=False):
    ones = (1,) * len(size)
    return Convolution(size, ones, ones, padding, depthwise=depthwise)


def test_the_moments_of_independent_inputs():
    spread = Spread(RNG.normal(size=3), RNG.random(3))
    moments = assumed_moments(product(3, 2), [3], spread)
    wanted = np.outer(spread.mean, spread.mean) + np.diag(spread.variance)
    np.testing.assert_allclose(moments[0, :3, :3], wanted)
    np.testing.assert_allclose(moments[0, 3], [*spread.mean, 1])


def test_zeros_around_an_image_count():
    """Of a row of 4 pixels, 3 of 4 places see one to the left, all see themselves."""
    moments = assumed_moments(
        convolution(1, 3, padding="SAME"), [1, 4, 1], Spread(np.array([2.0]), np.array([5.0]))
    )
    np.testing.assert_allclose(np.diagonal(moments[0]), [3 * 9, 4 * 9, 3 * 9, 4])
    np.testing.assert_allclose(moments[0, :3, 3], [6, 8, 6])
    assert moments[0, 0, 2] == pytest.approx(2 * 4)


def test_channels_of_a_depthwise_convolution_are_problems_of_their_own():
    spread = Spread(np.array([1.0, -3.0]), np.array([2.0, 0.5]))
    moments = assumed_moments(convolution(2, 2, depthwise=True), [2, 2, 2], spread)
    for channel in range(2):
        mean, variance = spread.mean[channel], DEPTHWISE * spread.variance[channel]
        np.testing.assert_allclose(moments[channel, :4, :4], mean**2 + variance * np.eye(4))


@pytest.mark.parametrize("free_bias", [True, False])
def test_rounding_leaves_the_means_of_the_outputs(free_bias):
    """With a free bias all but exactly, with one of 256 levels nearly."""
    spread = Spread(RNG.uniform(1, 3, 24), RNG.uniform(0.1, 1, 24))
    weights = RNG.normal(size=(1, 25, 6))
    moments = assumed_moments(product(24, 6), [24], spread)
    numbers = np.arange(24 * 6).reshape(1, 24, 6)
    problem = Problem("kernel", "bias", weights, moments, numbers, (24, 6), product(24, 6))
    grid = whole_grid(weights[:, :24], 8)
    bias = None if free_bias else whole_grid(weights[:, -1])
    chosen = rounded_problem(problem, choices(problem, grid.nearest, bias), grid.scale, bias)
    rows = np.append(spread.mean, 1.0)
    shift = np.abs(rows @ (weights[0] - chosen[0]))
    plain = np.abs(spread.mean @ (weights[0, :24] - grid.nearest(weights[0, :24])))
    assert shift.max() < (0.05 if free_bias else 0.2) * plain.max()


def test_what_reaches_a_first_layer_follows_from_what_it_gives():
    """Inputs of two channels that are alike from pixel to pixel, found from their outputs."""
    kernel, bias = RNG.normal(size=(9 * 2, 32)), RNG.normal(size=32)
    mean = np.array([3.0, -1.0])
    places = np.stack(np.divmod(np.arange(9), 3), axis=1)
    steps = np.abs(places[:, None] - places).sum(axis=2)
    covariance = 4 * np.kron(0.8**steps, [[1, 0.5], [0.5, 1]])
    outputs = Spread(
        np.tile(mean, 9) @ kernel + bias, np.einsum("nm,nm->m", kernel, covariance @ kernel)
    )
    weights = np.concatenate([kernel, bias[None]])
    moments = inferred_moments(convolution(3, 3), [8, 8, 2], weights, outputs)[0]
    rows = moments[-1, -1]
    np.testing.assert_allclose(moments[-1, :-1] / rows, np.tile(mean, 9), rtol=1e-9)
    second = covariance + np.outer(np.tile(mean, 9), np.tile(mean, 9))
    np.testing.assert_allclose(moments[:-1, :-1] / rows, second, rtol=1e-9)


def test_too_few_outputs_tell_nothing_of_the_inputs():
    outputs = Spread(np.zeros(3), np.ones(3))
    assert inferred_moments(product(5, 3), [5], RNG.normal(size=(6, 3)), outputs) is None
    dead = Spread(np.zeros(8), np.zeros(8))
    assert inferred_moments(product(5, 8), [5], RNG.normal(size=(6, 8)), dead) is None
