"""What stands in a table of variants: the columns, their headings, meanings and figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sizewise.analysis import ModelSummary, RowView, RunSummary, Verdict
from sizewise.domain import Record
from sizewise.reports.scale import Scale
from sizewise.reports.text import FLAG, one_line, reason, shortened
from sizewise.units import (
    ABSENT,
    format_bytes,
    format_factor,
    format_number,
    format_seconds,
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``heading`` gives its name and its unit, ``meaning`` explains it in a line.

    ``value`` is the figure behind a cell, None for columns of words. ``tells_failure`` is the
    one where a row without figures says why.
    """

    name: str
    heading: Callable[[Scale], tuple[str, str]]
    cell: Callable[[RowView, Scale], str]
    meaning: str
    value: Callable[[RowView], float | None] | None = None
    tells_failure: bool = False

    @property
    def numeric(self) -> bool:
        """Whether its cells are figures."""
        return self.value is not None


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

FLAG_MEANING = "its bytes are not what its name says: the reason stands below the table"

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


_EXACT = 1e9
"""Stands for an SQNR without any noise where rows are sorted."""


def _decibels(record: Record) -> str:
    return "∞" if record.max_abs_error == 0 else format_number(record.sqnr_db, 1)


COLUMNS: tuple[Column, ...] = (
    Column(
        "encoding",
        _named("encoding"),
        lambda row, _: f"{row.record.encoding}{f' {FLAG}' if row.record.flags else ''}",
        "how the weights are stored in the artifact",
    ),
    Column(
        "transform",
        _named("transform"),
        lambda row, _: row.record.transform,
        "what was done to the weights before that",
    ),
    Column(
        "size",
        _named("size"),
        lambda row, _: format_bytes(row.record.size_raw_bytes),
        "bytes of the artifact's files (1 kB is 1000 bytes)",
        value=lambda row: row.record.size_raw_bytes,
    ),
    Column(
        "brotli",
        _named("brotli"),
        lambda row, _: format_bytes(row.record.size_brotli_bytes),
        "the same as a server sends them, each file compressed on its own",
        value=lambda row: row.record.size_brotli_bytes,
    ),
    Column(
        "times smaller",
        _named("times", "smaller"),
        lambda row, _: format_factor(row.times_smaller),
        "brotli size of the same target's float32 without a transform, divided by this one",
        value=lambda row: row.times_smaller,
    ),
    Column(
        "metric",
        lambda scale: (scale.metric, scale.unit),
        lambda row, scale: scale.value(row.record.metric_value),
        "what the artifact reaches in its runtime",
        value=lambda row: row.record.metric_value,
    ),
    Column(
        "drop",
        lambda scale: ("drop", f"{scale.drop_unit} [95 %]".strip()),
        lambda row, scale: scale.drop(row.record),
        "how much worse than the untouched model on the same samples: + is worse, − is better; "
        "in brackets the paired 95 % interval",
        value=lambda row: row.record.metric_drop,
        tells_failure=True,
    ),
    Column(
        "agreement",
        _named("agree", "%"),
        lambda row, _: _per_cent(row.record.agreement),
        "samples on which it chooses the same class as the untouched model",
        value=lambda row: row.record.agreement,
    ),
    Column(
        "SQNR",
        _named("SQNR", "dB"),
        lambda row, _: _decibels(row.record),
        "signal-to-quantization-noise ratio of the outputs: higher is closer, ∞ is equal",
        value=lambda row: _EXACT if row.record.max_abs_error == 0 else row.record.sqnr_db,
    ),
    Column(
        "conversion",
        _named("convert"),
        lambda row, _: format_seconds(row.record.conversion_seconds),
        "what this conversion alone costs in a process that has TensorFlow loaded",
        value=lambda row: row.record.conversion_seconds,
    ),
)
"""Those of every model with a metric, from the left."""

AGREEMENT = Column(
    "agreement [95 %]",
    _named("agree", "% [95 %]"),
    lambda row, _: _agreement(row.record),
    "samples on which it chooses the same class as the untouched model; in brackets the 95 % "
    "interval",
    value=lambda row: row.record.agreement,
    tells_failure=True,
)
"""What variants of a model without labels are compared by."""

TRAINING = Column(
    "training",
    _named("train"),
    lambda row, _: format_seconds(row.record.training_seconds),
    "what fine-tuning took, once for all encodings of a transform: no part of the conversion",
    value=lambda row: row.record.training_seconds,
)

DETAILS: tuple[Column, ...] = (
    Column(
        "zeros",
        _named("zeros", "%"),
        lambda row, _: _per_cent(row.record.sparsity),
        "zeros among the weights of all kernels, read back from the artifact's bytes",
        value=lambda row: row.record.sparsity,
    ),
    Column(
        "distinct",
        _named("distinct"),
        lambda row, _: format_number(row.record.distinct_values, 0),
        "the largest number of distinct stored values in any one kernel",
        value=lambda row: row.record.distinct_values,
    ),
    Column(
        "quantized",
        _named("integers", "%"),
        lambda row, _: _per_cent(row.record.quantized_share),
        "bytes of weights that are integers with a scale",
        value=lambda row: row.record.quantized_share,
    ),
    Column(
        "bits a weight",
        _named("bits a", "weight"),
        lambda row, _: format_number(row.record.bits_per_weight, 2),
        "bits of all kernels for each of their weights, as stored",
        value=lambda row: row.record.bits_per_weight,
    ),
    Column(
        "bits in brotli",
        _named("bits in", "brotli"),
        lambda row, _: format_number(row.record.bits_per_weight_brotli, 2),
        "the same, compressed",
        value=lambda row: row.record.bits_per_weight_brotli,
    ),
)
"""What was found in the artifacts' bytes."""


def columns_of(model: ModelSummary) -> tuple[Column, ...]:
    """The columns of a model's table: without a metric, agreement stands for it; the time of
    training is among them where there was any.
    """
    columns = COLUMNS
    if model.metric is None:
        columns = tuple(column for column in COLUMNS if column.name not in {"metric", "drop"})
        columns = tuple(AGREEMENT if c.name == "agreement" else c for c in columns)
    trained = any(row.record.training_seconds is not None for row in model.rows)
    return (*columns, TRAINING) if trained else columns


def columns_of_run(summary: RunSummary) -> tuple[Column, ...]:
    """Every column of any of the models' tables, to be explained."""
    found = [column for model in summary.models for column in columns_of(model)]
    return tuple(dict.fromkeys([*(c for c in COLUMNS if c in found), *found]))


def details_of(model: ModelSummary) -> tuple[Column, ...]:
    """The columns of ``DETAILS`` that any row of the model has a figure for."""
    return tuple(
        column
        for column in DETAILS
        if column.value is not None and any(column.value(row) is not None for row in model.rows)
    )


def _agreement(record: Record) -> str:
    if record.agreement_low is None or record.agreement_high is None:
        return _per_cent(record.agreement)
    low, high = _per_cent(record.agreement_low), _per_cent(record.agreement_high)
    return f"{_per_cent(record.agreement)} [{low}, {high}]"


def heading_of(column: Column, scale: Scale) -> str:
    """A column's name and unit in one line."""
    return " ".join(part for part in column.heading(scale) if part)


def cells_of(
    rows: Sequence[RowView], columns: Sequence[Column], scale: Scale
) -> list[tuple[str, ...]]:
    """The cells of a table, a row a tuple.

    A row without figures has its status in the column for it, with as much of the reason as
    fits there.
    """
    telling = [column for column in columns if column.tells_failure]
    filled = [c.cell(row, scale) for row in rows if row.ok for c in telling]
    room = max([20, *map(len, filled)])
    return [_cells(row, columns, scale, room) for row in rows]


def _cells(row: RowView, columns: Sequence[Column], scale: Scale, room: int) -> tuple[str, ...]:
    if row.ok:
        return tuple(one_line(column.cell(row, scale)) for column in columns)
    status = shortened(f"{row.record.status}: {reason(row.record)}", room)
    return tuple(
        one_line(column.cell(row, scale))
        if not column.numeric
        else status
        if column.tells_failure
        else ABSENT
        for column in columns
    )
