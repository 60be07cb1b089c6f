"""Each model's variants side by side, and the smallest that is as good as the original."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from sizewise.analysis.limits import Verdict, judge
from sizewise.domain import Record, Status
from sizewise.records import Run

_PLAIN = ("none", "float32")
"""Transform and encoding of the variant that the others are compared with."""


@dataclass(frozen=True, slots=True)
class RowView:
    """A row, and what the rows beside it make of it.

    ``times_smaller`` is the brotli size of the same target's float32 without a transform, in
    units of this row's; ``times_smaller_raw`` is the same of the raw sizes. None where either
    size is absent. Smallest, by brotli size, among the rows whose loss is shown to stay within
    the limit: ``smallest_of_target`` for its target, ``smallest`` for the model.
    """

    record: Record
    verdict: Verdict
    times_smaller: float | None
    times_smaller_raw: float | None
    smallest_of_target: bool = False
    smallest: bool = False

    @property
    def ok(self) -> bool:
        """Whether there are figures to show."""
        return self.record.status is Status.OK


@dataclass(frozen=True, slots=True)
class TargetSummary:
    """The rows of a model for one target, in the suite's order."""

    target: str
    rows: tuple[RowView, ...]

    @property
    def smallest(self) -> RowView | None:
        """The row to ship for this target; None where no loss is shown to be small enough."""
        return next((row for row in self.rows if row.smallest_of_target), None)

    @property
    def plain(self) -> RowView | None:
        """The float32 without a transform, which the others are compared with; None if absent."""
        rows = (row for row in self.rows if (row.record.transform, row.record.encoding) == _PLAIN)
        return next(rows, None)

    @property
    def runtimes(self) -> tuple[str, ...]:
        """What executed the artifacts; more than one where a kernel was missing."""
        return tuple(dict.fromkeys(row.record.runtime for row in self.rows if row.record.runtime))


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """The rows of a model by target.

    ``metric_reference`` is what the untouched model reaches on ``samples`` samples, and
    ``max_drop`` how much of it may be lost; None where there was nothing to judge by.
    """

    name: str
    metric: str | None
    metric_reference: float | None
    max_drop: float | None
    samples: int | None
    targets: tuple[TargetSummary, ...]

    @property
    def smallest(self) -> RowView | None:
        """The row to ship if any target will do."""
        return next((row for row in self.rows if row.smallest), None)

    @property
    def rows(self) -> tuple[RowView, ...]:
        """All rows, target by target."""
        return tuple(row for target in self.targets for row in target.rows)

    @property
    def failures(self) -> tuple[RowView, ...]:
        """The rows without figures."""
        return tuple(row for row in self.rows if not row.ok)

    @property
    def notes(self) -> Mapping[str, tuple[str, ...]]:
        """What a reader should know besides, each with the ids of the jobs that it is about."""
        return self._told(lambda record: record.notes)

    @property
    def flags(self) -> Mapping[str, tuple[str, ...]]:
        """What artifacts' bytes say against their jobs, each with the ids of those jobs."""
        return self._told(lambda record: record.flags)

    def _told(self, words: Callable[[Record], Iterable[str]]) -> Mapping[str, tuple[str, ...]]:
        groups: dict[str, list[str]] = {}
        for row in self.rows:
            for word in words(row.record):
                groups.setdefault(word, []).append(row.record.job_id)
        return {word: tuple(job_ids) for word, job_ids in groups.items()}


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run, model by model."""

    run: Run
    models: tuple[ModelSummary, ...]

    @property
    def failures(self) -> tuple[RowView, ...]:
        """The rows without figures, of all models."""
        return tuple(row for model in self.models for row in model.failures)

    @property
    def has_transforms(self) -> bool:
        """Whether any of its jobs changes the weights before they are encoded."""
        return any(record.transform != _PLAIN[0] for record in self.run.records)

    @property
    def has_flags(self) -> bool:
        """Whether any artifact is not what its name says."""
        return any(record.flags for record in self.run.records)


def summarise(run: Run) -> RunSummary:
    """The models of a run in the order in which their first jobs stand in the suite."""
    by_model = _grouped((record.model, record) for record in run.records)
    return RunSummary(run, tuple(_model(name, rows) for name, rows in by_model.items()))


def _model(name: str, records: list[Record]) -> ModelSummary:
    judged = next((record for record in records if record.metric_reference is not None), records[0])
    by_target = _grouped((record.target, record) for record in records)
    targets = tuple(_target(target, rows) for target, rows in by_target.items())
    best = _smallest([row for target in targets if (row := target.smallest)])
    return ModelSummary(
        name=name,
        metric=judged.metric,
        metric_reference=judged.metric_reference,
        max_drop=judged.max_drop,
        samples=judged.samples,
        targets=tuple(
            replace(target, rows=tuple(replace(row, smallest=row is best) for row in target.rows))
            for target in targets
        ),
    )


def _target(target: str, records: list[Record]) -> TargetSummary:
    plain = next((r for r in records if (r.transform, r.encoding) == _PLAIN), None)
    brotli, raw = (plain.size_brotli_bytes, plain.size_raw_bytes) if plain else (None, None)
    rows = [
        RowView(
            record=record,
            verdict=judge(record),
            times_smaller=_ratio(brotli, record.size_brotli_bytes),
            times_smaller_raw=_ratio(raw, record.size_raw_bytes),
        )
        for record in records
    ]
    best = _smallest(rows)
    return TargetSummary(
        target, tuple(replace(row, smallest_of_target=row is best) for row in rows)
    )


def _smallest(rows: Iterable[RowView]) -> RowView | None:
    """Of equal sizes the smaller raw one, then the one that comes first."""
    return min(
        (
            row
            for row in rows
            if row.verdict is Verdict.WITHIN and row.record.size_brotli_bytes is not None
        ),
        key=lambda row: (row.record.size_brotli_bytes, row.record.size_raw_bytes or 0),
        default=None,
    )


def _ratio(size: int | None, other: int | None) -> float | None:
    return size / other if size and other else None


def _grouped(pairs: Iterable[tuple[str, Record]]) -> Mapping[str, list[Record]]:
    groups: dict[str, list[Record]] = {}
    for key, record in pairs:
        groups.setdefault(key, []).append(record)
    return groups
