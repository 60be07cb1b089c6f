"""How sparsity grows while a model is fine-tuned: pure arithmetic, the same for both engines."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sizewise.domain import Finetune, Schedule

POWER = 3
"""Degree of the polynomial: Zhu and Gupta 2017, arXiv:1710.01878."""

_RAMP_SHARE = 0.5
"""Share of the steps after which the final sparsity is reached; the rest is for recovery."""

_UPDATES = 10
"""About how often masks are found anew on the way."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """Sparsity by step, from ``initial`` at step ``begin`` to ``final`` at step ``end``.

    Steps count from 1. Masks are found anew every ``every`` steps from ``begin`` to ``end``;
    ``end`` is one of them.
    """

    initial: float
    final: float
    begin: int
    end: int
    every: int

    def updates(self, step: int) -> bool:
        """Whether masks are found anew after ``step``."""
        return self.begin <= step <= self.end and (step - self.begin) % self.every == 0

    def sparsity(self, step: int) -> float:
        """Sparsity after ``step``: final + (initial - final) · (1 - progress)³: Zhu and Gupta's."""
        if step >= self.end:
            return self.final
        progress = max(step - self.begin, 0) / (self.end - self.begin)
        return self.final + (self.initial - self.final) * (1 - progress) ** POWER


def ramp_for(finetune: Finetune, sparsity: float, samples: int) -> Ramp:
    """The ramp of a training on that many samples, up to ``sparsity``."""
    steps = steps_of(finetune, samples)
    every = max(1, round(steps * _RAMP_SHARE / _UPDATES))
    rounds = int(steps * _RAMP_SHARE) // every
    initial = sparsity / 2 if finetune.schedule is Schedule.POLYNOMIAL else sparsity
    return Ramp(initial, sparsity, 1, 1 + every * rounds, every)


def steps_of(finetune: Finetune, samples: int) -> int:
    """How many batches a training has."""
    return finetune.epochs * math.ceil(samples / finetune.batch_size)
