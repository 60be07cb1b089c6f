"""What stands in a table of variants: the columns, their headings, meanings and figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sizewise.analysis import ModelSummary, RowView, Verdict
from sizewise.domain import Record, Status
from sizewise.reports.text import failure_line, one_line, reason, shortened
from sizewise.units import (
    ABSENT,
    decimals_for,
    format_bytes,
    format_change,
    format_factor,
    format_number,
    format_seconds,
)

_SHARES = frozenset({"accuracy"})
"""Metrics that are shares of the samples: shown in per cent, their drops in points."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How a model's metric is shown: multiplied by ``factor``, with ``decimals``."""

    metric: str
    factor: int
    decimals: int
    unit: str
    """Of the metric."""
    drop_unit: str
    """Of its drop."""

    @classmethod
    def of(cls, metric: str | None, reference: float | None, samples: int | None) -> Scale:
        """Shares with as many decimals as the samples resolve, others with four digits."""
        if metric in _SHARES:
            return cls(metric, 100, 1 if (samples or 0) <= 2000 else 2, "%", "pp")
        return cls(metric or "metric", 1, decimals_for(reference or 0.0, digits=4), "", "")

    @classmethod
    def of_model(cls, model: ModelSummary) -> Scale:
        """The scale of a model's table."""
        return cls.of(model.metric, model.metric_reference, model.samples)

    def value(self, value: float | None) -> str:
        """A metric, without its unit."""
        return ABSENT if value is None else format_number(value * self.factor, self.decimals)

    def change(self, value: float | None) -> str:
        """A drop or an end of its interval, signed, without its unit."""
        return ABSENT if value is None else format_change(value * self.factor, self.decimals)

    def drop(self, record: Record) -> str:
        """``+0.2 [−0.3, +0.7]``, or the drop alone where there is no interval."""
        if record.metric_drop is None or record.metric_drop_low is None:
            return self.change(record.metric_drop)
        low, high = self.change(record.metric_drop_low), self.change(record.metric_drop_high)
        return f"{self.change(record.metric_drop)} [{low}, {high}]"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``heading`` gives its name and its unit, ``meaning`` explains it in a line."""

    name: str
    heading: Callable[[Scale], tuple[str, str]]
    cell: Callable[[RowView, Scale], str]
    meaning: str
    numeric: bool = True


MARKS: Mapping[str, str] = {
    "★": "smallest within the limit",
    "☆": "smallest for its target",
    "✓": "within the limit",
    "?": "undecided: more samples would settle it",
    "✗": "beyond the limit",
    "!": "no figures",
}
"""The sign in front of a row, and what it says."""

WITHIN = (
    "within the limit: the whole 95 % interval of the drop is, not only the drop; "
    "smallest: by brotli size"
)
"""What the signs mean by their words."""

_VERDICT_MARKS = {
    Verdict.WITHIN: "✓",
    Verdict.UNDECIDED: "?",
    Verdict.BEYOND: "✗",
    Verdict.UNKNOWN: " ",
}


def mark(row: RowView) -> str:
    """The row's sign; a space where there is nothing to judge by."""
    if not row.ok:
        return "!"
    if row.smallest:
        return "★"
    return "☆" if row.smallest_of_target else _VERDICT_MARKS[row.verdict]


def _named(name: str, unit: str = "") -> Callable[[Scale], tuple[str, str]]:
    return lambda _: (name, unit)


def _per_cent(share: float | None) -> str:
    return ABSENT if share is None else format_number(share * 100, 1)


def _decibels(record: Record) -> str:
    return "∞" if record.max_abs_error == 0 else format_number(record.sqnr_db, 1)


COLUMNS: tuple[Column, ...] = (
    Column(
        "encoding",
        _named("encoding"),
        lambda row, _: row.record.encoding,
        "how the weights are stored in the artifact",
        numeric=False,
    ),
    Column(
        "transform",
        _named("transform"),
        lambda row, _: row.record.transform,
        "what was done to the weights before that",
        numeric=False,
    ),
    Column(
        "size",
        _named("size"),
        lambda row, _: format_bytes(row.record.size_raw_bytes),
        "bytes of the artifact's files (1 kB is 1000 bytes)",
    ),
    Column(
        "brotli",
        _named("brotli"),
        lambda row, _: format_bytes(row.record.size_brotli_bytes),
        "the same as a server sends them, each file compressed on its own",
    ),
    Column(
        "times smaller",
        _named("times", "smaller"),
        lambda row, _: format_factor(row.times_smaller),
        "brotli size of the same target's float32 without a transform, divided by this one",
    ),
    Column(
        "metric",
        lambda scale: (scale.metric, scale.unit),
        lambda row, scale: scale.value(row.record.metric_value),
        "what the artifact reaches in its runtime",
    ),
    Column(
        "drop",
        lambda scale: ("drop", f"{scale.drop_unit} [95 %]".strip()),
        lambda row, scale: scale.drop(row.record),
        "how much worse than the untouched model on the same samples: + is worse, − is better; "
        "in brackets the paired 95 % interval",
    ),
    Column(
        "agreement",
        _named("agree", "%"),
        lambda row, _: _per_cent(row.record.agreement),
        "samples on which it chooses the same class as the untouched model",
    ),
    Column(
        "SQNR",
        _named("SQNR", "dB"),
        lambda row, _: _decibels(row.record),
        "signal-to-quantization-noise ratio of the outputs: higher is closer, ∞ is equal",
    ),
    Column(
        "conversion",
        _named("convert"),
        lambda row, _: format_seconds(row.record.conversion_seconds),
        "what this conversion alone costs in a process that has TensorFlow loaded",
    ),
)
"""All of them, from the left."""


def heading_of(column: Column, scale: Scale) -> str:
    """A column's name and unit in one line."""
    return " ".join(part for part in column.heading(scale) if part)


def cells_of(
    rows: Sequence[RowView], columns: Sequence[Column], scale: Scale
) -> list[tuple[str, ...]]:
    """The cells of a table, a row a tuple.

    A row without figures has its status in place of the drop, with as much of the reason as
    fits there.
    """
    room = max([20, *(len(scale.drop(row.record)) for row in rows if row.ok)])
    return [_cells(row, columns, scale, room) for row in rows]


def _cells(row: RowView, columns: Sequence[Column], scale: Scale, room: int) -> tuple[str, ...]:
    if row.ok:
        return tuple(one_line(column.cell(row, scale)) for column in columns)
    status = shortened(f"{row.record.status}: {reason(row.record)}", room)
    return tuple(
        one_line(column.cell(row, scale))
        if not column.numeric
        else status
        if column.name == "drop"
        else ABSENT
        for column in columns
    )


def reference_line(model: ModelSummary) -> str:
    """``Untouched: accuracy 91.3 % on 1000 samples, may drop 1.0 pp``."""
    if model.metric_reference is None:
        return "No metric was measured: nothing to judge the variants by"
    scale = Scale.of_model(model)
    line = f"Untouched: {scale.metric} {scale.value(model.metric_reference)} {scale.unit}".rstrip()
    if model.samples is not None:
        line += f" on {model.samples} samples"
    if model.max_drop is not None:
        limit = format_number(model.max_drop * scale.factor, scale.decimals)
        line += f", may drop {limit} {scale.drop_unit}".rstrip()
    return line


def record_line(record: Record) -> str:
    """``kws/uint8@tfjs: ok, 22.6 kB brotli, drop −0.2 pp [−0.7, +0.3]``, or why not."""
    if record.status is not Status.OK:
        return failure_line(record)
    line = f"{record.job_id}: ok, {format_bytes(record.size_brotli_bytes)} brotli"
    if record.metric_drop is None:
        return line
    scale = Scale.of(record.metric, record.metric_reference, record.samples)
    drop, *interval = scale.drop(record).split(" ", 1)
    return " ".join(part for part in (f"{line}, drop {drop}", scale.drop_unit, *interval) if part)
