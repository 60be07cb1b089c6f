"""What a tuning and sensitivities say: fronts, savings, and what each weight can choose from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sizewise.analysis.layers import short_names
from sizewise.analysis.pareto import Placed, place
from sizewise.analysis.standing import Criterion
from sizewise.domain.tuning import Goal
from sizewise.tune import (
    ALL,
    PLAIN,
    REST,
    Cost,
    Figures,
    Outcome,
    Phase,
    Sensitivity,
    TensorRow,
    Trial,
    size_of,
)
from sizewise.tune.mix import CALIBRATED


@dataclass(frozen=True, slots=True)
class Option:
    """A weight in one of the encodings that it could have, all others being exact.

    ``size`` is in bytes, as it counts for the goal, and ``saved`` what that is less than float32.
    ``on_front`` says that no other is as small and as exact; ``is_upstream`` that the upstream
    converter has it too.
    """

    encoding: str
    size: int
    saved: int
    figures: Figures
    on_front: bool
    is_upstream: bool


@dataclass(frozen=True, slots=True)
class Weight:
    """A kernel, or all weights that are none together, and how it can be stored.

    ``label`` is the name without what all names have in common; ``plain`` are its bytes in
    float32. ``encoding`` is how a mix stores it, None where there is none, and ``chosen`` that
    option, None where it was not measured alone.
    """

    name: str
    label: str
    elements: int
    plain: int
    options: tuple[Option, ...]
    encoding: str | None = None
    chosen: Option | None = None

    @property
    def bits(self) -> float | None:
        """What is stored for each of its numbers in the mix."""
        if self.chosen is None or not self.elements:
            return None
        return 8 * self.chosen.size / self.elements


@dataclass(frozen=True, slots=True)
class TuningView:
    """A tuning as reports show it.

    ``fronts`` hold, for each criterion that there are figures of, the trials on the test samples
    in the order of their sizes. ``baseline`` is the float32 artifact. Shares of 1 are saved: of
    the size that was to be small against the upstream converter's best encoding and against
    float32, and of the weight files in brotli against the former.
    """

    outcome: Outcome
    baseline: Trial
    fronts: Mapping[Criterion, tuple[Placed[Trial], ...]]
    weights: tuple[Weight, ...]
    saved_of_upstream: float
    saved_of_baseline: float
    saved_of_upstream_weights: float


def view_of(outcome: Outcome) -> TuningView:
    """What a tuning says."""
    tuned = outcome.tuned
    best, plain, baseline = tuned.best, tuned.upstream, tuned.trials[0]
    size = size_of(best, tuned.goal)
    judged = [trial for trial in tuned.trials if trial.phase is not Phase.SEARCH]
    fronts = {criterion: _front(judged, criterion, tuned.goal) for criterion in Criterion}
    found = tuned.sensitivity
    return TuningView(
        outcome,
        baseline,
        {criterion: placed for criterion, placed in fronts.items() if placed},
        () if found is None else weights_of(found, tuned.goal, best.encodings),
        1 - size / size_of(plain, tuned.goal),
        1 - size / size_of(baseline, tuned.goal),
        1 - best.weight_brotli / plain.weight_brotli,
    )


def loss_of(figures: Figures, criterion: Criterion) -> float | None:
    """What was lost, smaller being better: the drop, the share of samples that disagree, or the
    power of the noise as a share of the outputs' own; None where it was not measured.
    """
    match criterion:
        case Criterion.DROP:
            return figures.drop
        case Criterion.AGREEMENT:
            return None if figures.agreement is None else 1 - figures.agreement
        case Criterion.SQNR:
            return figures.noise


def weights_of(
    sensitivity: Sensitivity, goal: Goal, mix: Mapping[str, str] | None = None
) -> tuple[Weight, ...]:
    """The weights of a model with what they can be stored as, the largest first; ``mix`` says how
    each is stored.
    """
    rows = sensitivity.rows
    labels = short_names([row.name for row in rows])
    return tuple(_weight(row, labels[row.name], goal, mix) for row in rows)


def _front(trials: Iterable[Trial], criterion: Criterion, goal: Goal) -> tuple[Placed[Trial], ...]:
    losses = ((trial, loss_of(trial.figures, criterion)) for trial in trials)
    return place((trial, size_of(trial, goal), loss) for trial, loss in losses if loss is not None)


def _weight(row: TensorRow, label: str, goal: Goal, mix: Mapping[str, str] | None) -> Weight:
    plain = next(_size(cost, goal) for cost in row.costs if cost.encoding == "float32")
    placed = place((cost.encoding, _size(cost, goal), cost.figures.noise) for cost in row.costs)
    front = {each.item for each in placed if each.on_front}
    options = tuple(
        Option(
            cost.encoding,
            _size(cost, goal),
            plain - _size(cost, goal),
            cost.figures,
            cost.encoding in front,
            cost.encoding in PLAIN,
        )
        for cost in row.costs
    )
    encoding = None if mix is None else _stored_as(row, mix)
    chosen = None if encoding is None else _option(options, encoding, is_rest=row.name == REST)
    return Weight(row.name, label, row.elements, plain, options, encoding, chosen)


def _size(cost: Cost, goal: Goal) -> int:
    return cost.raw if goal is Goal.RAW else cost.brotli


def _stored_as(row: TensorRow, mix: Mapping[str, str]) -> str:
    """What a mix says of the weights of a row, which it stores alike."""
    return mix.get(ALL) or next((mix[name] for name in row.names if name in mix), "float32")


def _option(options: Iterable[Option], encoding: str, *, is_rest: bool) -> Option | None:
    """The option of an encoding. Biases that are calibrated with their kernels weigh what they do
    in plain uint8.
    """
    by_name = {option.encoding: option for option in options}
    name = "uint8" if is_rest and encoding == CALIBRATED else encoding
    return by_name.get(name)
