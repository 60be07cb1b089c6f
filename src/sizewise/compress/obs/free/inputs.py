"""Second moments of what reaches a kernel, made up from means and variances."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sizewise.compress.obs.contractions import Contraction
from sizewise.compress.obs.convolutions import Convolution
from sizewise.compress.obs.free.normal import Spread
from sizewise.compress.obs.moments import ROWS_PER_SAMPLE
from sizewise.domain import Array

DEPTHWISE = 10.0
"""Variances count so many times in a depthwise convolution.

The weights of a channel meet neighbouring pixels, which vary together, and would wrongly be taken
to make good for one another. So each is rounded nearly on its own, and the bias takes off what
that does to the mean.
"""

_LIKENESSES = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
"""Correlations of neighbouring pixels that are tried."""

_SHARES = (0.0, 0.5, 0.8, 0.95)
"""Correlations of channels that are tried."""

_LEAST_VARIANCE = 1e-4
"""Outputs that vary less, as those that were never used, tell nothing of the inputs."""


def assumed_moments(contraction: Contraction, shape: Sequence[int], spread: Spread) -> Array:
    """The sum of ``x x'`` over rows x, a 1 at the end of each, [P, inputs + 1, inputs + 1].

    ``shape`` is that of one sample of what is multiplied. Every place in it has the means of its
    channel, and around it are zeros where the op pads. What varies is taken as independent, place
    by place and channel by channel: that part of the moments is a diagonal.
    """
    means = _rows(contraction, shape, spread.mean)
    variances = _rows(contraction, shape, spread.variance).sum(axis=1)
    if isinstance(contraction, Convolution) and contraction.depthwise:
        variances = variances * DEPTHWISE
    rows = np.concatenate([means, np.ones((*means.shape[:2], 1))], axis=2)
    total: Array = rows.swapaxes(1, 2) @ rows
    inputs = np.arange(means.shape[2])
    total[:, inputs, inputs] += variances
    return total


def inferred_moments(
    contraction: Contraction, shape: Sequence[int], weights: Array, outputs: Spread
) -> Array | None:
    """The same where nothing is known of the inputs, but of the ``outputs``.

    ``weights`` is [inputs + 1, outputs], the bias in the last row. The means of the input channels
    are the least squares answer to the means of the outputs. Their variance, one for all, and the
    correlations of neighbouring pixels and of channels are those with which the outputs vary most
    nearly as they do. None where there are more channels than outputs, and where no output varies.
    """
    kernel, bias = weights[:-1], weights[-1]
    size = contraction.size if isinstance(contraction, Convolution) else ()
    taps, channels = math.prod(size), shape[-1]
    if taps * channels != len(kernel) or channels > len(bias):
        return None
    sums = kernel.reshape(taps, channels, -1).sum(axis=0)
    mean = np.linalg.lstsq(sums.T, outputs.mean - bias, rcond=1e-2)[0]
    covariance = _fitted(kernel, size, channels, outputs.variance)
    if covariance is None:
        return None
    total = assumed_moments(contraction, shape, Spread(mean, np.zeros(channels)))
    total[0, :-1, :-1] += total[0, -1, -1] * covariance
    return total


def _fitted(kernel: Array, size: Sequence[int], channels: int, wanted: Array) -> Array | None:
    """The covariance of the inputs of ``kernel`` [inputs, outputs] with which the logarithms of
    its outputs' variances are nearest to the ``wanted`` ones.

    With the share s that channels have in common, the variance of an output is 1 - s times what
    each channel adds on its own, and s times what their sum does.
    """
    varies = wanted > _LEAST_VARIANCE
    if not varies.any():
        return None
    logs = np.log(wanted[varies])
    used = kernel[:, varies].reshape(-1, channels, len(logs))
    together = used.sum(axis=1)
    places = np.stack(np.unravel_index(np.arange(len(used)), size or (1,)), axis=1)
    steps = np.abs(places[:, None] - places).sum(axis=2)
    least, best = np.inf, None
    for likeness in _LIKENESSES if len(used) > 1 else _LIKENESSES[:1]:
        alike = likeness**steps
        apart = (used * np.tensordot(alike, used, 1)).sum(axis=(0, 1))
        joined = (together * (alike @ together)).sum(axis=0)
        for share in _SHARES if channels > 1 else _SHARES[:1]:
            found = (1 - share) * apart + share * joined
            if (found <= 0).any():
                continue
            off = logs - np.log(found)
            error = float(((off - np.median(off)) ** 2).mean())
            if error < least:
                least, best = error, (alike, share, np.exp(np.median(off)))
    if best is None:
        return None
    alike, share, variance = best
    covariance: Array = variance * np.kron(
        alike, (1 - share) * np.eye(channels) + share * np.ones((channels, channels))
    )
    return covariance


def _rows(contraction: Contraction, shape: Sequence[int], channels: Array) -> Array:
    """The rows of a sample whose places are all alike: [P, rows, inputs]."""

    def pick(count: int) -> Array:
        return np.linspace(0, count - 1, min(count, ROWS_PER_SAMPLE)).astype(int)

    return contraction.rows(np.broadcast_to(channels, (1, *shape)), pick)
