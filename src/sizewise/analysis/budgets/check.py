"""Each rule of each budget against each row that it is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice

from sizewise.analysis.budgets.bases import Base, Bases
from sizewise.analysis.budgets.figures import OF_METRIC, TIMES, WHOLE, samples_of, value_of
from sizewise.analysis.budgets.findings import Finding, Judgement, Outcome
from sizewise.analysis.budgets.matching import JobNames
from sizewise.analysis.budgets.times import Samples, judge_beyond
from sizewise.domain import SHARE_METRICS, Record, Status
from sizewise.domain.budget import Against, Bound, Budget, Figure, Measure, Rule
from sizewise.errors import SuiteError
from sizewise.records import Run

_ROUNDING = Decimal("1e-9")
"""What figures that are no whole numbers may exceed a limit by: 0.923 - 0.913 is not 0.01."""


_MISTAKES_SHOWN = 10


def check(run: Run, budgets: Sequence[Budget], baselines: Sequence[Run] = ()) -> Judgement:
    """Judge ``run`` by ``budgets``: a finding for each rule and each job that it is for.

    Every budget whose pattern matches a job counts. Bytes and drift are compared with the
    newest of the ``baselines``, times with all that have the same environment fingerprint. A
    job that was planned and has no row, or whose row has no figures, is a finding too; jobs
    that cannot be made at all are not budgeted.

    Raises one SuiteError for all budgets that match no job, need a baseline where there is
    none, or count in percentage points what has none.
    """
    bases = Bases(run, baselines)
    rows: dict[str, list[Record]] = {job_id: [] for job_id in run.job_ids}
    for record in run.records:
        rows.setdefault(record.job_id, []).append(record)
    legal = [
        job_id
        for job_id, records in rows.items()
        if not records or any(record.status is not Status.ILLEGAL for record in records)
    ]
    if not legal:
        return Judgement(run, bases.runs, (), ())
    matched = _match(budgets, legal)
    _refuse_what_cannot_be_judged(matched, rows, bases)
    findings = tuple(
        finding
        for budget, job_ids in matched
        for job_id in job_ids
        for finding in _of_job(budget, job_id, rows[job_id], bases)
    )
    guarded = {finding.job_id for finding in findings}
    unguarded = tuple(job_id for job_id in legal if job_id not in guarded)
    return Judgement(run, bases.runs, findings, unguarded)


def _match(
    budgets: Sequence[Budget], job_ids: Sequence[str]
) -> list[tuple[Budget, tuple[str, ...]]]:
    names = JobNames(job_ids)
    matched = [(budget, names.matching(budget.pattern)) for budget in budgets]
    _raise_first(
        SuiteError(
            f"the budget {budget.pattern!r} matches no job of the run",
            where=budget.at,
            advice=f"the nearest is {names.nearest(budget.pattern)!r}",
        )
        for budget, found in matched
        if not found
    )
    return matched


def _refuse_what_cannot_be_judged(
    matched: Sequence[tuple[Budget, Sequence[str]]],
    rows: dict[str, list[Record]],
    bases: Bases,
) -> None:
    def mistakes() -> Iterator[SuiteError]:
        for budget, job_ids in matched:
            metrics = {row.metric for job_id in job_ids for row in rows[job_id] if row.metric}
            for rule in budget.rules:
                yield from _mistakes(rule, sorted(metrics - SHARE_METRICS), bases)

    _raise_first(mistakes())


def _mistakes(rule: Rule, other_metrics: Sequence[str], bases: Bases) -> Iterator[SuiteError]:
    if rule.needs_baseline and not bases.runs:
        yield SuiteError(
            f"{rule.figure} is limited against a baseline, and none was given",
            where=rule.at,
            advice="pass --baseline RUN or --baseline latest:FOLDER",
        )
    if other_metrics and any(bound.measure is Measure.POINTS for bound in rule.bounds):
        yield SuiteError(
            f"{other_metrics[0]} has no percentage points to lose",
            where=rule.at,
            advice=f"write a limit of {rule.figure} in % of the reference, or in the metric's "
            "unit, for these jobs",
        )


def _raise_first(mistakes: Iterator[SuiteError]) -> None:
    """Raise one error that lists the first few; nothing if there is none."""
    found = list(islice(mistakes, _MISTAKES_SHOWN))
    if len(found) == 1:
        raise found[0]
    if found:
        first, *others = found
        lines = [f"{first.message}; {first.advice}", *map(str, others)]
        raise SuiteError("\n".join(lines), where=first.where)


def _of_job(
    budget: Budget, job_id: str, records: Sequence[Record], bases: Bases
) -> Iterator[Finding]:
    for rule in budget.rules:
        blank = Finding(
            pattern=budget.pattern, rule=rule, job_id=job_id, outcome=Outcome.NOT_MEASURED
        )
        if not records:
            yield replace(blank, reason="the run has no row of this job")
        for record in records:
            yield _judge(
                replace(blank, runtime=record.runtime, metric=record.metric), record, bases
            )


def _judge(blank: Finding, record: Record, bases: Bases) -> Finding:
    rule = blank.rule
    if record.status is not Status.OK:
        why = record.reason or "no reason was given"
        return replace(blank, reason=f"{record.status}: {why}")
    actual = value_of(rule.figure, record)
    if actual is None:
        return replace(blank, reason=_why_absent(rule.figure, record))
    base = _base(rule, record, bases)
    measured = replace(blank, actual=actual, base=base.value)
    if base.value is None and any(bound.against is not Against.NOTHING for bound in rule.bounds):
        return _without_base(measured, rule, base)
    reference = record.metric_reference
    if reference is None and any(b.measure is Measure.OF_REFERENCE for b in rule.bounds):
        return replace(measured, reason="the untouched model's metric is not known")
    high, low = (_limit(bound, base.value, reference) for bound in (rule.high, rule.low))
    return _verdict(replace(measured, high=high, low=low), record, base)


def _why_absent(figure: Figure, record: Record) -> str:
    if figure in OF_METRIC and record.metric is None:
        return "the model has no labels to judge by: limit its agreement or sqnr instead"
    return "the row has no value for it"


def _without_base(finding: Finding, rule: Rule, base: Base) -> Finding:
    in_run = any(bound.against is Against.FLOAT32 for bound in rule.bounds)
    outcome = Outcome.NOT_MEASURED if in_run else Outcome.INCOMPARABLE
    return replace(finding, outcome=outcome, reason=base.lacking)


def _base(rule: Rule, record: Record, bases: Bases) -> Base:
    if rule.set_on is not None:
        return Base(rule.set_on)
    if any(bound.against is Against.FLOAT32 for bound in rule.bounds):
        return bases.in_float32(rule.figure, record)
    return bases.in_baseline(rule.figure, record)


def _limit(bound: Bound | None, base: Decimal | None, reference: float | None) -> Decimal | None:
    if bound is None:
        return None
    amount = bound.amount
    if bound.measure is Measure.OF_REFERENCE and reference is not None:
        amount *= abs(Decimal(str(reference)))
    if bound.against is Against.NOTHING or base is None:
        return amount
    return base * (1 + amount) if bound.measure is Measure.SHARE else base + amount


def _verdict(finding: Finding, record: Record, base: Base) -> Finding:
    """The finding with its outcome: exact, but for times."""
    actual, figure = finding.actual, finding.rule.figure
    assert actual is not None, "what was not measured is told before"
    slack = Decimal(0) if figure in WHOLE else _ROUNDING
    grown = finding.high is not None and actual > finding.high + slack
    shrunk = finding.low is not None and actual < finding.low - slack
    bound = finding.rule.high if grown else finding.rule.low if shrunk else None
    if bound is None:
        return replace(finding, outcome=Outcome.KEPT)
    if figure not in TIMES:
        return replace(finding, outcome=Outcome.BROKEN)
    samples = Samples(samples_of(figure, record), base.samples)
    outcome, reason = judge_beyond(bound, samples, grown=grown)
    return replace(finding, outcome=outcome, reason=reason)
