"""Samples from a ``.csv``: a line of column names, then a line for each sample."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sizewise.domain import Array, ModelSpec, Signature, TensorSpec
from sizewise.errors import DataError, did_you_mean
from sizewise.models.arrays import NamedArrays
from sizewise.models.binding import LABELS, TRAINING_SUFFIX

_MISSING = frozenset(["", "na", "n/a", "nan", "null", "none", "?"])
_ONE_TABLE = "write one line of column names, then one line a sample, with commas between"


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text by their column, and the line of the file that each row ends on."""

    name: str
    columns: dict[str, list[str]]
    lines: list[int]


def read(spec: ModelSpec, signature: Signature) -> NamedArrays:
    """Columns as the model takes them, and labels from the column that is called so.

    The columns are one input ``x``, float32 [n, columns] in the file's order; or, where the model
    has several inputs, or one of a single number, and all are called like columns, each input
    is its column. Labels that are text become the numbers of their sorted names.

    Raises DataError, with the line, for a missing value, text among numbers and an uneven row.
    """
    label = spec.data.label
    table = read_table(Path(spec.data.location))
    tables = {"": table}
    if spec.data.train is not None:
        tables[TRAINING_SUFFIX] = _in_order_of(table, read_table(Path(spec.data.train)))
    labelled = _is_labelled(table, spec)
    classes = _classes(list(tables.values()), label) if labelled else ()
    arrays: dict[str, Array] = {}
    for suffix, each in tables.items():
        for name, array in _inputs(each, label, signature).items():
            arrays[name + suffix] = array
        if labelled:
            arrays[LABELS + suffix] = _labels(each, label, classes)
    return NamedArrays(table.name, arrays, classes=classes)


def read_table(path: Path) -> Table:
    """The cells of a file in UTF-8. Raises DataError for a file that is no table."""
    if not path.is_file():
        raise DataError(f"{path} does not exist", advice="name a .csv file")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True, skipinitialspace=True)
            rows = [(reader.line_num, row) for row in reader if row]
    except (csv.Error, UnicodeDecodeError) as error:
        raise DataError(f"{path.name} cannot be read ({error})", advice=_ONE_TABLE) from error
    if len(rows) < 2:
        raise DataError(f"{path.name} has no samples", advice=_ONE_TABLE)
    names = [name.strip() for name in rows[0][1]]
    if twice := [name for name in names if names.count(name) > 1]:
        raise DataError(f"{path.name} has the column {twice[0]!r} twice", advice=_ONE_TABLE)
    for line, row in rows[1:]:
        if len(row) != len(names):
            raise DataError(
                f"line {line} of {path.name} has {len(row)} values for {len(names)} columns",
                advice="put text that holds commas between quotation marks",
            )
    columns = {name: [row[k].strip() for _, row in rows[1:]] for k, name in enumerate(names)}
    return Table(path.name, columns, [line for line, _ in rows[1:]])


def _is_labelled(table: Table, spec: ModelSpec) -> bool:
    label = spec.data.label
    if label in table.columns:
        return True
    if spec.metric is not None:
        raise DataError(
            f"{table.name} has no column {label!r}, which {spec.metric} needs",
            advice=f"name the column of the labels with label: COLUMN"
            f" ({did_you_mean(label, table.columns)})",
        )
    return False


def _in_order_of(first: Table, table: Table) -> Table:
    """``table`` with the columns of ``first``, in their order; it may have others."""
    if missing := [name for name in first.columns if name not in table.columns]:
        raise DataError(
            f"{table.name} has no column {missing[0]!r}, which {first.name} has",
            advice="give both files the same columns",
        )
    return replace(table, columns={name: table.columns[name] for name in first.columns})


def _classes(tables: Sequence[Table], label: str) -> tuple[str, ...]:
    """The names of the classes of all tables; none where all labels are numbers."""
    for table in tables:
        _require_values(table, label)
    names = {name for table in tables for name in table.columns[label]}
    return () if all(_number(name) is not None for name in names) else tuple(sorted(names))


def _labels(table: Table, label: str, classes: tuple[str, ...]) -> Array:
    cells = table.columns[label]
    if classes:
        numbers = {name: number for number, name in enumerate(classes)}
        return np.array([numbers[name] for name in cells], np.int64)
    values = np.array([float(cell) for cell in cells])
    whole = np.isfinite(values).all() and (values == np.floor(values)).all()
    return values.astype(np.int64) if whole else values


def _inputs(table: Table, label: str, signature: Signature) -> dict[str, Array]:
    features = [name for name in table.columns if name != label]
    if not features:
        raise DataError(f"{table.name} has no column but {label!r}", advice=_ONE_TABLE)
    if all(spec.name in features and _takes_a_column(spec, signature) for spec in signature.inputs):
        return {spec.name: _column(table, spec) for spec in signature.inputs}
    if len(signature.inputs) > 1:
        missing = next(spec.name for spec in signature.inputs if spec.name not in features)
        raise DataError(
            f"{table.name} has no column {missing!r}, which is an input of the model",
            advice=did_you_mean(missing, features),
        )
    (spec,) = signature.inputs
    matrix = np.stack([_numbers(table, name) for name in features], axis=1)
    return {"x": _typed(matrix, spec)}


def _takes_a_column(spec: TensorSpec, signature: Signature) -> bool:
    return len(signature.inputs) > 1 or spec.shape is None or spec.shape[1:] in ((), (1,))


def _column(table: Table, spec: TensorSpec) -> Array:
    if spec.dtype == "string":
        _require_values(table, spec.name)
        values: Array = np.array(table.columns[spec.name])
    else:
        values = _typed(_numbers(table, spec.name), spec)
    return values[:, None] if spec.shape is not None and len(spec.shape) > 1 else values


def _typed(values: Array, spec: TensorSpec) -> Array:
    """float32, but whole numbers for an input of integers."""
    whole = spec.dtype.startswith(("int", "uint", "bool")) and (values == np.floor(values)).all()
    return values.astype(np.int64 if whole else np.float32)


def _numbers(table: Table, name: str) -> Array:
    _require_values(table, name)
    values = [_number(cell) for cell in table.columns[name]]
    if None in values:
        row = values.index(None)
        raise DataError(
            f"line {table.lines[row]} of {table.name} has {table.columns[name][row]!r} in the"
            f" column {name!r}, which is no number",
            advice="columns but that of the labels hold numbers: leave this one out",
        )
    return np.array(values, np.float64)


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _require_values(table: Table, name: str) -> None:
    for line, cell in zip(table.lines, table.columns[name], strict=True):
        if cell.lower() in _MISSING:
            raise DataError(
                f"line {line} of {table.name} has no value in the column {name!r}",
                advice="fill it in, or leave the line out",
            )
