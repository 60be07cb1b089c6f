"""Has a time really grown, or shrunk? A verdict on samples that scatter."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

from sizewise.analysis.budgets.findings import Outcome
from sizewise.analysis.budgets.ranks import p_value_of_larger, smallest_p_value
from sizewise.domain.budget import Against, Bound

ALPHA = 0.05
"""The largest p-value that shows a difference."""


class Samples(NamedTuple):
    """Durations in seconds: of the row, and of what it is compared with."""

    values: Sequence[float]
    base: Sequence[float]


def judge_beyond(bound: Bound, samples: Samples, *, grown: bool) -> tuple[Outcome, str]:
    """The verdict on a time whose median is beyond ``bound``, upwards if it has ``grown``.

    It is BROKEN if the Mann-Whitney test shows the samples to be beyond the limit itself: the
    base's samples are multiplied by the ratio that is allowed. Else it is UNDECIDED; but where
    so few samples could show nothing whatever they are, as with the one conversion that a run
    makes, a ratio within the same run gates by itself: the machine was the same, minutes apart.
    """
    allowed = [value * float(1 + bound.amount) for value in samples.base]
    n, m = len(samples.values), len(allowed)
    if smallest_p_value(n, m) > ALPHA:
        if bound.against is Against.FLOAT32:
            return Outcome.BROKEN, "a ratio within one run"
        enough = next(size for size in count(m) if smallest_p_value(n, size) <= ALPHA)
        return (
            Outcome.UNDECIDED,
            f"{n} against {m} cannot show a difference, {n} against {enough} could",
        )
    larger, smaller = (samples.values, allowed) if grown else (allowed, samples.values)
    p = p_value_of_larger(larger, smaller)
    outcome = Outcome.BROKEN if p <= ALPHA else Outcome.UNDECIDED
    return outcome, f"Mann-Whitney p = {p:.2g}, {n} against {m} samples"
