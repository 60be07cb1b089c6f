"""How many samples would settle what the samples at hand leave open."""

from __future__ import annotations

import math
from statistics import NormalDist

CONFIDENCE = 0.95
"""Of the intervals in records."""
POWER = 0.8
"""How likely the advised number of samples is to settle the question."""
_MOST = 1e12
"""Samples of which nobody has more."""


def samples_needed(
    samples: int, half_width: float, margin: float, power: float = POWER
) -> int | None:
    """How many samples bring the end of an interval within its limit, with this ``power``.

    On ``samples`` samples, ``half_width`` is the distance from the estimate to that end of its
    95 % interval which has to stay within the limit, and ``margin`` the distance from the
    estimate to the limit, positive where the estimate itself is within.

    None where it is not: were the estimate the truth, no number of samples would do. Nor would
    any that there are, where the margin is next to nothing.

    The sample size of a non-inferiority test by a confidence interval in the normal
    approximation (S. A. Julious, "Sample sizes for clinical trials with normal data",
    Statistics in Medicine 23 (2004) 1921-1986, section 5): with the standard error
    se = half_width / z₀.₉₇₅ observed on n samples,

        n' = n ((z₀.₉₇₅ + z_power) se / margin)².

    It takes the estimate for the truth and the spread of the samples at hand for that of more
    of the same kind. A ``power`` of 0.5 asks only that the interval's end meets the limit if
    the estimate stays where it is. Where not one sample has changed, the score interval shrinks
    faster than with the root of n, and fewer samples than this will do.

    Raises ValueError for no samples, a negative width, and a power outside of (0, 1).
    """
    if samples <= 0 or half_width < 0:
        raise ValueError(f"{samples} samples with an interval of {half_width} tell nothing")
    if margin <= 0:
        return None
    normal = NormalDist()
    z = normal.inv_cdf((1 + CONFIDENCE) / 2)
    ratio = (z + normal.inv_cdf(power)) * (half_width / z) / margin
    needed = samples * ratio * ratio
    return math.ceil(needed) if needed <= _MOST else None
