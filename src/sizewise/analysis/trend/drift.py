"""Does a series creep? Kendall's test for a trend, and the slope of Theil and Sen.

Both take blocks, the stretches between steps, and compare runs of one block only: a step is no
drift. Summing the test's statistic over blocks is due to Hirsch, Slack and Smith, "Techniques of
trend analysis for monthly water quality data", Water Resources Research 18, 1982.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from sizewise.analysis.trend.scan import Floats, median

Blocks = Sequence[slice]


def slope(times: Floats, values: Floats, blocks: Blocks) -> float:
    """The median slope between any two runs of a block, in units of ``values`` per unit of
    ``times``: Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 63,
    1968. 0 where no block has two runs.
    """
    slopes = []
    for block in blocks:
        earlier, later = _pairs(len(values[block]))
        passed = times[block][later] - times[block][earlier]
        apart = passed > 0
        slopes.append((values[block][later] - values[block][earlier])[apart] / passed[apart])
    every = np.concatenate(slopes) if slopes else np.empty(0)
    return median(every) if len(every) else 0.0


def neighbour_slope(times: Floats, values: Floats) -> float:
    """The median slope from one run to the next: less sure than ``slope``, and unmoved by steps."""
    passed = np.diff(times)
    apart = passed > 0
    return median(np.diff(values)[apart] / passed[apart]) if apart.any() else 0.0


def trend_p_value(values: Floats, blocks: Blocks, inflation: float = 1.0) -> float:
    """Chance that exchangeable values rise or fall as consistently: Mann, "Nonparametric tests
    against trend", Econometrica 13, 1945, with Kendall's variance for ties.

    ``inflation`` widens the statistic's standard deviation: positive autocorrelation does,
    after Hamed and Rao, "A modified Mann-Kendall trend test for autocorrelated data", Journal
    of Hydrology 204, 1998.
    """
    pairs, variance = 0.0, 0.0
    for block in blocks:
        found, spread = _concordance(values[block])
        pairs += found
        variance += spread
    if variance <= 0:
        return 1.0
    z = max(0.0, abs(pairs) - 1) / math.sqrt(variance) / inflation
    return math.erfc(z / math.sqrt(2))


@lru_cache(maxsize=128)
def _pairs(count: int) -> tuple[npt.NDArray[np.int_], npt.NDArray[np.int_]]:
    """The earlier and the later one of any two of ``count`` places."""
    earlier, later = np.triu_indices(count, 1)
    return earlier, later


def _concordance(values: Floats) -> tuple[float, float]:
    """Rising less falling pairs, and the variance of that among exchangeable values."""
    earlier, later = _pairs(len(values))
    pairs = float(np.sign(values[later] - values[earlier]).sum())
    sizes = [len(values), *Counter(values.tolist()).values()]
    everything, *ties = (size * (size - 1) * (2 * size + 5) for size in sizes)
    return pairs, (everything - sum(ties)) / 18
