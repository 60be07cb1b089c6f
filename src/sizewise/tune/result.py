"""What came of a tuning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sizewise.domain.tuning import Evidence, Goal
from sizewise.tune.budget import Budget
from sizewise.tune.sensitivity import Sensitivity
from sizewise.tune.trials import Phase, Trial


@dataclass(frozen=True, slots=True)
class Tuned:
    """What came of a tuning.

    ``best`` is the smallest mix that keeps the budget by the ``evidence`` that was asked for;
    ``trials`` are all, in the order in which they were made, the first being the baseline.
    ``is_finished`` says that the time limit cut nothing short. ``split`` says how many samples
    there were for what.
    """

    best: Trial
    trials: tuple[Trial, ...]
    budget: Budget
    goal: Goal
    evidence: Evidence
    sensitivity: Sensitivity | None
    split: Mapping[str, int]
    is_finished: bool
    notes: tuple[str, ...] = ()

    @property
    def upstream(self) -> Trial:
        """The smallest of the upstream converter's own encodings that keeps the budget."""
        return upstream(self.trials, self.goal)


def size_of(trial: Trial, goal: Goal) -> int:
    """The size of a mix's artifact that is to be small."""
    return trial.raw if goal is Goal.RAW else trial.brotli


def upstream(trials: Iterable[Trial], goal: Goal) -> Trial:
    """The smallest of the upstream converter's own encodings that keeps the budget."""
    return smallest((trial for trial in trials if trial.phase is Phase.REFERENCE), goal)


def smallest(trials: Iterable[Trial], goal: Goal) -> Trial:
    """The smallest that keeps the budget on the test samples, as the baseline always does."""
    proven = (trial for trial in trials if trial.phase is not Phase.SEARCH and trial.good)
    return min(proven, key=lambda trial: size_of(trial, goal))
