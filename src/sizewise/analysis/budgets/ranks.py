"""The Mann-Whitney test, one-sided: are the values of one sample larger than another's?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

_EXACT_UP_TO = 8
"""Values in the smaller sample up to which the distribution is counted out, without ties."""
_EXACT_PRODUCT = 10_000
"""And the largest product of the two sizes for that."""


def p_value_of_larger(values: Sequence[float], others: Sequence[float]) -> float:
    """The probability of ``values`` that rank so high if both come from one distribution.

    H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is
    stochastically larger than the other", Annals of Mathematical Statistics 18 (1947) 50-60.
    U counts the pairs in which the first value is larger, ties as a half. Its distribution is
    counted out for small samples without ties; else it is taken for normal, with the variance
    corrected for ties and the half for continuity. Scipy has the same test; importing it costs
    more than all else that a verdict needs.

    Raises ValueError for an empty sample.
    """
    n, m = len(values), len(others)
    if not n or not m:
        raise ValueError("an empty sample cannot be compared")
    counts = Counter([*values, *others])
    u = _u(values, counts)
    has_ties = len(counts) < n + m
    if not has_ties and min(n, m) <= _EXACT_UP_TO and n * m <= _EXACT_PRODUCT:
        return _exact_tail(round(u), n, m)
    ties = sum(count**3 - count for count in counts.values())
    total = n + m
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    if variance <= 0:
        return 1.0
    z = (u - n * m / 2 - 0.5) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2)) / 2


def smallest_p_value(n: int, m: int) -> float:
    """The least that the test can give for samples of these sizes: 1 / C(n + m, n)."""
    return 1 / math.comb(n + m, n)


def _u(values: Sequence[float], counts: Counter[float]) -> float:
    ordered = sorted(counts)
    ends = accumulate(counts[value] for value in ordered)
    # Values that are tied share the middle of the ranks that they take.
    ranks = {value: end - (counts[value] - 1) / 2 for value, end in zip(ordered, ends, strict=True)}
    n = len(values)
    return sum(ranks[value] for value in values) - n * (n + 1) / 2


def _exact_tail(u: int, n: int, m: int) -> float:
    """P(U >= u): the Gaussian binomial coefficient counts the arrangements for each U.

    It is the product over i of (1 - q^(m + i)) / (1 - q^i), for i from 1 to the smaller n.
    """
    n, m = sorted((n, m))
    ways = [1] + [0] * (n * m)
    for i in range(1, n + 1):
        for power in range(n * m, m + i - 1, -1):
            ways[power] -= ways[power - m - i]
        for power in range(i, n * m + 1):
            ways[power] += ways[power - i]
    return sum(ways[u:]) / math.comb(n + m, n)
