"""Which variant to ship: the smallest whose loss is shown to stay within the limit.

"Shown" is non-inferiority by a confidence interval: the whole interval of the loss has to lie
within the limit, not the estimate alone (Piaggio et al., "Reporting of noninferiority and
equivalence randomized trials", JAMA 308 (2012)).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sizewise.analysis.limits import Verdict
from sizewise.analysis.pareto import Placed, place
from sizewise.analysis.standing import Criterion, Limits, Standing, stand
from sizewise.domain import Limit, Record, Status
from sizewise.errors import RecordsError, did_you_mean
from sizewise.records import Run


class Goal(StrEnum):
    """What is to be small."""

    BROTLI = "brotli"
    GZIP = "gzip"
    RAW = "raw"
    LATENCY = "latency"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that could be shipped.

    ``cost`` is what is to be small: bytes, or seconds where the goal is latency.
    """

    record: Record
    cost: float
    standings: tuple[Standing, ...]

    @property
    def verdict(self) -> Verdict:
        """WITHIN if all limits are shown to be kept, else the worst that is known of one."""
        found = {standing.verdict for standing in self.standings}
        for verdict in (Verdict.BEYOND, Verdict.UNKNOWN, Verdict.UNDECIDED):
            if verdict in found:
                return verdict
        return Verdict.WITHIN if found else Verdict.UNKNOWN

    @property
    def samples_needed(self) -> int | None:
        """How many samples would settle all that is undecided, as ``power.samples_needed`` has
        it; None where nothing is, or where an estimate itself is beyond its limit.
        """
        needed = [s.samples_needed for s in self.standings if s.verdict is Verdict.UNDECIDED]
        known = [samples for samples in needed if samples is not None]
        return max(known) if known and len(known) == len(needed) else None

    @property
    def excess(self) -> float:
        """How far from qualifying: the largest ``excess`` of its standings."""
        return max(standing.excess for standing in self.standings)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that could not be considered, and why."""

    record: Record
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The answer for one model, with its evidence.

    ``candidates`` are ordered by cost. ``best`` is the cheapest that qualifies, ``runner_up``
    the next that does, ``next_smaller`` the nearest cheaper one, which does not; ``nearest`` is
    the one that comes closest to qualifying where none does. ``front`` places the candidates
    by cost and by ``drift``, the first of metric, agreement and SQNR that is asked for or known.
    """

    model: str
    goal: Goal
    limits: Limits
    metric: str | None
    metric_reference: float | None
    samples: int | None
    candidates: tuple[Candidate, ...]
    best: Candidate | None
    runner_up: Candidate | None
    next_smaller: Candidate | None
    nearest: Candidate | None
    drift: Criterion | None
    front: tuple[Placed[Record], ...]
    left_out: tuple[LeftOut, ...]

    @property
    def undecided(self) -> tuple[Candidate, ...]:
        """The candidates cheaper than the best that more samples might show to qualify."""
        enough = math.inf if self.best is None else self.best.cost
        return tuple(
            candidate
            for candidate in self.candidates
            if candidate.verdict is Verdict.UNDECIDED and candidate.cost < enough
        )


_COSTS: Mapping[Goal, Callable[[Record], float | None]] = {
    Goal.BROTLI: lambda record: record.size_brotli_bytes,
    Goal.GZIP: lambda record: record.size_gzip_bytes,
    Goal.RAW: lambda record: record.size_raw_bytes,
    Goal.LATENCY: lambda record: record.latency_seconds,
}


def recommend(
    run: Run,
    *,
    max_drop: Limit | None = None,
    min_agreement: float | None = None,
    min_sqnr: float | None = None,
    optimize: Goal | str = Goal.BROTLI,
    target: str | None = None,
    model: str | None = None,
) -> tuple[Recommendation, ...]:
    """One recommendation for each model of ``run``, or for ``model`` alone.

    A variant qualifies if the upper end of the 95 % interval of its loss is at most
    ``max_drop``, the lower end of its agreement's at least ``min_agreement`` (a share of 1) and
    its SQNR at least ``min_sqnr`` dB, which has no interval; limits that are None do not count.
    Without any limit, each row's own ``max_drop`` does. Only rows with the status ``ok``, and
    of ``target`` where it is given, are considered.

    Raises RecordsError for a run without rows, and for a model or target that it does not
    have; ValueError for an unknown ``optimize``.
    """
    goal = Goal(optimize)
    limits = Limits(max_drop, min_agreement, min_sqnr)
    by_model: dict[str, list[Record]] = {}
    for record in _chosen(run, target, model):
        by_model.setdefault(record.model, []).append(record)
    return tuple(_recommend(name, rows, goal, limits) for name, rows in by_model.items())


def _chosen(run: Run, target: str | None, model: str | None) -> list[Record]:
    if not run.records:
        raise RecordsError("the run holds no rows", where=run.path)
    _must_know("model", model, (record.model for record in run.records), run)
    of_model = [record for record in run.records if model in (None, record.model)]
    _must_know("target", target, (record.target for record in of_model), run)
    return [record for record in of_model if target in (None, record.target)]


def _must_know(what: str, name: str | None, known: Iterable[str], run: Run) -> None:
    choices = list(dict.fromkeys(known))
    if name is not None and name not in choices:
        raise RecordsError(
            f"the run has no {what} {name!r}", where=run.path, advice=did_you_mean(name, choices)
        )


def _recommend(model: str, records: Sequence[Record], goal: Goal, limits: Limits) -> Recommendation:
    candidates, left_out = _candidates(records, goal, limits)
    fit = [candidate for candidate in candidates if candidate.verdict is Verdict.WITHIN]
    best = fit[0] if fit else None
    judged = [candidate for candidate in candidates if candidate.verdict is not Verdict.UNKNOWN]
    known = next((record for record in records if record.metric_reference is not None), records[0])
    drift = _drift_of(candidates, limits)
    return Recommendation(
        model=model,
        goal=goal,
        limits=limits,
        metric=known.metric,
        metric_reference=known.metric_reference,
        samples=known.samples,
        candidates=candidates,
        best=best,
        runner_up=fit[1] if len(fit) > 1 else None,
        next_smaller=_next_smaller(candidates, best),
        nearest=None if best else min(judged, key=lambda c: c.excess, default=None),
        drift=drift,
        front=() if drift is None else _front(candidates, drift),
        left_out=left_out,
    )


def _candidates(
    records: Sequence[Record], goal: Goal, limits: Limits
) -> tuple[tuple[Candidate, ...], tuple[LeftOut, ...]]:
    found: list[Candidate] = []
    left_out: list[LeftOut] = []
    for record in records:
        cost = _COSTS[goal](record)
        if record.status is not Status.OK:
            reason = record.reason or "no reason was given"
            left_out.append(LeftOut(record, f"{record.status}: {reason}"))
        elif cost is None:
            left_out.append(LeftOut(record, f"its {goal} was not measured"))
        else:
            found.append(Candidate(record, cost, stand(record, limits)))
    # Of equal costs the smaller raw size, then the one that comes first.
    found.sort(key=lambda candidate: (candidate.cost, candidate.record.size_raw_bytes or 0))
    return tuple(found), tuple(left_out)


def _next_smaller(candidates: Sequence[Candidate], best: Candidate | None) -> Candidate | None:
    if best is None:
        return None
    return next((c for c in reversed(candidates) if c.cost < best.cost), None)


def _drift_of(candidates: Sequence[Candidate], limits: Limits) -> Criterion | None:
    for criterion in limits.criteria or tuple(Criterion):
        if any(criterion.drift(candidate.record) is not None for candidate in candidates):
            return criterion
    return None


def _front(candidates: Sequence[Candidate], drift: Criterion) -> tuple[Placed[Record], ...]:
    return place(
        (candidate.record, candidate.cost, value)
        for candidate in candidates
        if (value := drift.drift(candidate.record)) is not None
    )
