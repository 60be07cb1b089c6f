"""The tuner: sensitivities, a ladder of mixes, a search on it, and the proof of what it found."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sizewise.domain.tuning import Evidence
from sizewise.errors import DataError, RequestError
from sizewise.run.tuning.bench import Bench, Weighed
from sizewise.run.tuning.figures import figures_of
from sizewise.run.tuning.sensitivity import measure_sensitivity
from sizewise.run.tuning.split import digests
from sizewise.run.tuning.task import Task
from sizewise.tune import (
    ALL,
    PLAIN,
    REST,
    SENSITIVITY_FILE,
    Budget,
    Journal,
    Outcome,
    Phase,
    Sensitivity,
    Trial,
    Tuned,
    deepest,
    fixed_sequence,
    ladder,
    load_sensitivity,
    mix_of,
    rounded_encodings,
    save_outcome,
    save_sensitivity,
    smallest,
    spread,
    upstream,
)

Tell = Callable[[str], None]
"""Told what is being done, a line at a time."""

Make = Callable[[Mapping[str, str]], Weighed]
"""Makes a mix and judges it."""


def tune(
    task: Task, bench: Bench, folder: Path, tell: Tell, clock: Callable[[], float] = time.monotonic
) -> Tuned:
    """Find the smallest mix of encodings that is shown to keep what a task allows to be lost.

    Trials are kept in ``folder``, and those that it has already are not made again. Raises
    RequestError for a budget that the model has no figure for; DataError where the samples cannot
    show even of the baseline that it keeps the budget; and whatever the bench raises.
    """
    budget = _budget(task, bench)
    journal = Journal(folder, _described(task, bench))
    end = clock() + task.auto.time_limit_seconds
    session = _Session(bench, journal, budget, task.auto.evidence, tell, clock, end)
    for encoding in PLAIN:
        trial = session.trial(Phase.REFERENCE, {ALL: encoding}, bench.verified)
        if trial.number == 0:
            _require_power(trial, budget)
    sensitivity = session.sensitivity()
    if sensitivity is not None:
        _descend(task, sensitivity, session)
    tuned = Tuned(
        smallest(journal.trials, task.auto.goal),
        tuple(journal.trials),
        budget,
        task.auto.goal,
        task.auto.evidence,
        sensitivity,
        bench.split.counts,
        not session.is_late,
        bench.notes,
    )
    save_outcome(folder, Outcome(task.spec.name, task.spec.metric, tuned))
    return tuned


WORTH_A_TRIAL = 0.9
"""A mix is tried where its weights take at most this share of the best upstream encoding's."""


@dataclass
class _Session:
    """Trials as they are made: none twice, and none after the time limit."""

    bench: Bench
    journal: Journal
    budget: Budget
    evidence: Evidence
    tell: Tell
    clock: Callable[[], float]
    end: float
    is_late: bool = False

    def go_on(self) -> bool:
        """Whether there is time for another trial."""
        self.is_late = self.is_late or self.clock() >= self.end
        return not self.is_late

    def trial(self, phase: Phase, mix: Mapping[str, str], make: Make) -> Trial:
        """The trial of a mix, as the journal has it or made now."""
        known = self.journal.find(phase, mix)
        if known is not None:
            return known
        start = self.clock()
        weighed = make(mix)
        figures = weighed.figures
        by_estimate = phase is Phase.SEARCH or self.evidence is Evidence.ESTIMATED
        trial = Trial(
            number=len(self.journal.trials),
            phase=phase,
            encodings=dict(mix),
            raw=weighed.raw,
            brotli=weighed.brotli,
            weight_brotli=weighed.weight_brotli,
            figures=figures,
            good=self.budget.is_kept(figures) if by_estimate else self.budget.is_shown(figures),
            runtime=weighed.runtime,
            seconds=self.clock() - start,
        )
        self.journal.add(trial)
        self.tell(_line(trial))
        return trial

    def sensitivity(self) -> Sensitivity | None:
        """What each tensor costs, as an earlier tuning left it or measured now; None where there
        is no time for it.
        """
        file = self.journal.folder / SENSITIVITY_FILE
        known = load_sensitivity(file)
        if known is not None or not self.go_on():
            return known
        found = measure_sensitivity(self.bench, self.go_on, self.tell)
        if not found.is_complete:
            return None
        save_sensitivity(file, found)
        return found


def _descend(task: Task, sensitivity: Sensitivity, session: _Session) -> None:
    """Look on the ladder for mixes that are smaller than the best of the upstream encodings."""
    choices = sensitivity.choices(task.auto.goal)
    rungs = ladder(choices)

    def mix(position: int) -> dict[str, str]:
        return mix_of(rungs[position].encodings, REST, sensitivity.small)

    def keeps(position: int) -> bool:
        return session.trial(Phase.SEARCH, mix(position), session.bench.searched).good

    def shows(position: int) -> bool:
        return session.trial(Phase.VERIFY, mix(position), session.bench.verified).good

    plain = upstream(session.journal.trials, task.auto.goal).encodings[ALL]
    limit = WORTH_A_TRIAL * sum(choice[plain].size for choice in choices)
    first = next((at for at, rung in enumerate(rungs) if rung.size <= limit), len(rungs))
    last = deepest(range(first, len(rungs)), keeps, session.go_on)
    if last is not None:
        positions = spread([rung.size for rung in rungs], first, last, task.auto.trials)
        fixed_sequence(positions, shows, session.go_on)


def _budget(task: Task, bench: Bench) -> Budget:
    """The task's budget in the metric's own unit. Raises RequestError where it has no figure."""
    spec = task.spec
    if task.max_drop is not None and spec.metric is None:
        raise RequestError(
            f"{spec.name} has no metric that could drop",
            advice="name one with --metric, or limit the agreement or the SQNR instead",
        )
    exact = figures_of(spec, bench.reference, bench.reference, bench.split.test)
    if task.auto.agreement is not None and exact.agreement is None:
        raise RequestError(
            f"the outputs of {spec.name} tell no classes that could agree",
            advice="limit the drop of the metric or the SQNR instead",
        )
    drop = None if task.max_drop is None else task.max_drop.absolute(exact.metric or 0.0)
    if drop is None and not task.auto.has_limits:
        raise RequestError(
            f"nothing says what {spec.name} may lose",
            advice="limit the agreement or the SQNR, or name a metric",
        )
    return Budget(drop, task.auto.agreement, task.auto.sqnr_db)


def _require_power(baseline: Trial, budget: Budget) -> None:
    """Raise DataError where not even the baseline is shown to keep the budget."""
    if baseline.good:
        return
    figures, reach = baseline.figures, []
    if budget.drop is not None and (figures.drop_high or 0.0) > budget.drop:
        reach.append(f"its drop reaches up to {figures.drop_high:.3g}, beyond {budget.drop:.3g}")
    if budget.agreement is not None and (figures.agreement_low or 0.0) < budget.agreement:
        low, least = figures.agreement_low or 0.0, budget.agreement
        reach.append(f"its agreement down to {low:.3g}, below {least:.3g}")
    raise DataError(
        f"not even the float32 artifact is shown to keep the budget on {figures.samples} samples: "
        f"in the 95 % interval {' and '.join(reach) or 'its SQNR is below'}",
        advice="give more samples, or a larger budget, or take estimates as evidence",
    )


def _described(task: Task, bench: Bench) -> dict[str, Any]:
    """What the trials of a task depend on, as JSON has it."""
    calibrate, search, test = digests(bench.split)
    weights = hashlib.sha256()
    for name, values in bench.weights.items():
        weights.update(f"{name} {values.shape}".encode())
        weights.update(values.tobytes())
    limit = task.max_drop
    return {
        "model": task.spec.name,
        "weights_of_the_model": weights.hexdigest(),
        "metric": task.spec.metric,
        "max_drop": None if limit is None else [limit.value, limit.relative],
        "agreement": task.auto.agreement,
        "sqnr_db": task.auto.sqnr_db,
        "evidence": str(task.auto.evidence),
        "minimize": str(task.auto.goal),
        "encodings_to_choose_from": [encoding.name for encoding in rounded_encodings()],
        "seed": task.auto.seed,
        "samples": bench.split.counts,
        "samples_to_calibrate": calibrate,
        "samples_to_search": search,
        "samples_to_test": test,
        "version_of_sizewise": version("sizewise"),
    }


def _line(trial: Trial) -> str:
    parts = dict.fromkeys(trial.encodings.values())
    what = " + ".join(parts) if len(parts) <= _SHOWN else f"a mix of {len(parts)} encodings"
    verdict = "keeps the budget" if trial.good else "does not keep the budget"
    return f"[{trial.number}] {trial.phase}: {what}, {trial.brotli} bytes, {verdict}"


_SHOWN = 3
