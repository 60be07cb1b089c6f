"""A recommendation in words: what to ship, what comes next to it, and what is still open."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from sizewise.analysis import Verdict
from sizewise.analysis.power import POWER
from sizewise.analysis.recommend import Candidate, Goal, Recommendation
from sizewise.analysis.standing import Criterion, Standing
from sizewise.domain import Record
from sizewise.reports.recommend.command import command
from sizewise.reports.scale import Scale
from sizewise.reports.text import one_line
from sizewise.units import ABSENT, format_bytes, format_number, format_seconds

_CHEAPER = dict.fromkeys(Goal, "smaller") | {Goal.LATENCY: "faster"}


def scale_of(answer: Recommendation) -> Scale:
    """How the model's metric is shown: with a decimal more than in the report's table, because
    the end of an interval that is just beyond the limit must not look as if it were on it.
    """
    scale = Scale.of(answer.metric, answer.metric_reference, answer.samples)
    return dataclasses.replace(scale, decimals=scale.decimals + 1)


def lines(answer: Recommendation, folder: Path) -> Iterator[str]:
    """The answer, a sentence a line, without its table; ``folder`` is the run's."""
    yield one_line(f"{answer.model}: {_first(answer)}")
    if answer.best is not None and answer.best.record.artifact_path is not None:
        yield f"Artifact: {folder / answer.best.record.artifact_path}"
    if answer.runner_up is not None:
        yield f"Runner-up: {_named(answer, answer.runner_up)}, {_losses(answer, answer.runner_up)}"
    if answer.next_smaller is not None:
        yield _next_smaller(answer, answer.next_smaller)
    for candidate in answer.undecided:
        yield _undecided(answer, candidate)
    for left_out in answer.left_out:
        yield one_line(f"Left out: {left_out.record.job_id}: {left_out.reason}")
    if answer.best is not None and (line := command(answer.best.record)) is not None:
        yield f"To make it again: {line}"


def cost(answer: Recommendation, value: float) -> str:
    """A size or a latency."""
    if answer.goal is Goal.LATENCY:
        return format_seconds(value)
    return format_bytes(int(value))


def limits(answer: Recommendation) -> str:
    """What had to be shown, such as ``accuracy drop ≤ 1.00 pp``; empty without any limit."""
    found = dict.fromkeys(
        _limit(standing, scale_of(answer))
        for candidate in answer.candidates
        for standing in candidate.standings
        if standing.limit is not None
    )
    return ", ".join(found)


def drift(answer: Recommendation, record: Record) -> str:
    """The row's figure on the drift axis of the Pareto front."""
    scale = scale_of(answer)
    match answer.drift:
        case Criterion.DROP:
            return scale.drop(record)
        case Criterion.AGREEMENT:
            return _percent(record.agreement)
        case Criterion.SQNR:
            return _decibels(record)
        case None:
            return ABSENT


def drift_heading(answer: Recommendation) -> str:
    """The name and unit of the drift axis."""
    scale = scale_of(answer)
    return {
        Criterion.DROP: f"{scale.metric} drop {scale.drop_unit} [95 %]".replace("  ", " "),
        Criterion.AGREEMENT: "agreement %",
        Criterion.SQNR: "SQNR dB",
        None: "drift",
    }[answer.drift]


def _first(answer: Recommendation) -> str:
    if answer.best is not None:
        return (
            f"ship {_named(answer, answer.best)}: {_losses(answer, answer.best)}, "
            f"shown to be within {limits(answer)}"
        )
    if answer.nearest is not None:
        return (
            f"no variant is shown to stay within {limits(answer)}; the nearest is "
            f"{_named(answer, answer.nearest)}: {_losses(answer, answer.nearest)}"
        )
    if not answer.candidates:
        return "no variant was measured"
    if answer.metric is None:
        return "there are no labels to judge the variants by: pass --min-agreement or --min-sqnr"
    return (
        "there is nothing to judge the variants by: pass --max-drop where there are labels, "
        "--min-agreement or --min-sqnr where there are none"
    )


def _next_smaller(answer: Recommendation, candidate: Candidate) -> str:
    assert answer.best is not None, "nothing is smaller than no answer"
    saved = answer.best.cost - candidate.cost
    exact = f" ({int(saved):,} B)" if answer.goal is not Goal.LATENCY and saved >= 1000 else ""
    return (
        f"Next {_CHEAPER[answer.goal]}: {_named(answer, candidate)} would save "
        f"{cost(answer, saved)}{exact} and cost {_losses(answer, candidate)}, "
        f"{_verdict(candidate)}"
    )


def _undecided(answer: Recommendation, candidate: Candidate) -> str:
    head = f"Undecided: {_named(answer, candidate)}, {_losses(answer, candidate)}"
    if candidate.samples_needed is None:
        return f"{head}: the estimate itself is not within the limit, more samples hardly help"
    settled = f"{candidate.samples_needed:,} samples instead of {candidate.record.samples:,}"
    likely = f"{POWER * 100:.0f} % of cases"
    return f"{head}: with {settled} it is settled in {likely}, if the estimate holds"


def _verdict(candidate: Candidate) -> str:
    return {
        Verdict.BEYOND: "beyond the limit",
        Verdict.UNDECIDED: "not shown to be within the limit",
        Verdict.UNKNOWN: "which cannot be judged",
        Verdict.WITHIN: "within the limit",
    }[candidate.verdict]


def _named(answer: Recommendation, candidate: Candidate) -> str:
    unit = "" if answer.goal is Goal.LATENCY else f" {answer.goal}"
    return f"{candidate.record.job_id} ({cost(answer, candidate.cost)}{unit})"


def _losses(answer: Recommendation, candidate: Candidate) -> str:
    found = [_loss(standing, answer, candidate.record) for standing in candidate.standings]
    return " and ".join(found) or "a loss that is not known"


def _loss(standing: Standing, answer: Recommendation, record: Record) -> str:
    scale = scale_of(answer)
    match standing.criterion:
        case Criterion.DROP:
            return f"{scale.metric} drop {scale.drop(record)} {scale.drop_unit}".rstrip()
        case Criterion.AGREEMENT:
            low, high = _percent(standing.low), _percent(standing.high)
            return f"agreement {_percent(standing.estimate)} [{low}, {high}] %"
        case Criterion.SQNR:
            return f"SQNR {_decibels(record)} dB"


def _limit(standing: Standing, scale: Scale) -> str:
    limit = standing.limit
    assert limit is not None, "standings without a limit are left out"
    match standing.criterion:
        case Criterion.DROP:
            amount = format_number(limit * scale.factor, scale.decimals)
            return f"{scale.metric} drop ≤ {amount} {scale.drop_unit}".rstrip()
        case Criterion.AGREEMENT:
            return f"agreement ≥ {_percent(limit)} %"
        case Criterion.SQNR:
            return f"SQNR ≥ {format_number(limit, 1)} dB"


def _percent(share: float | None) -> str:
    return ABSENT if share is None else format_number(share * 100, 2)


def _decibels(record: Record) -> str:
    return "∞" if record.max_abs_error == 0 else format_number(record.sqnr_db, 1)
