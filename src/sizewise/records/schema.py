"""The columns of a record: names, order and kinds, and the way from a record to JSON and back."""

from __future__ import annotations

import dataclasses
import math
import numbers
import typing
from collections.abc import Callable, Iterable, Mapping
from enum import Enum

from sizewise.domain import Record, Status

Cell: typing.TypeAlias = str | int | float | list[str] | list[int] | list[float] | None
"""What a column holds, as JSON has it."""


class Kind(Enum):
    """What a column holds beside None."""

    TEXT = "a string"
    STATUS = "a status"
    WHOLE = "a whole number"
    REAL = "a finite number"
    TEXTS = "a list of strings"
    WHOLES = "a list of whole numbers"
    REALS = "a list of finite numbers"


LISTS = frozenset({Kind.TEXTS, Kind.WHOLES, Kind.REALS})
"""Kinds that are never None: an empty list says that there is nothing."""

_KINDS = {
    str: Kind.TEXT,
    Status: Kind.STATUS,
    int: Kind.WHOLE,
    float: Kind.REAL,
    tuple[str, ...]: Kind.TEXTS,
    tuple[int, ...]: Kind.WHOLES,
    tuple[float, ...]: Kind.REALS,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column: one field of ``Record``. ``required`` columns are never None."""

    name: str
    kind: Kind
    required: bool


def _columns() -> tuple[Column, ...]:
    hints = typing.get_type_hints(Record)
    columns = []
    for field in dataclasses.fields(Record):
        required = field.default is dataclasses.MISSING
        optional = typing.get_args(hints[field.name])
        kind = _KINDS.get(hints[field.name]) or _KINDS[optional[0]]
        columns.append(Column(field.name, kind, required))
    return tuple(columns)


COLUMNS: tuple[Column, ...] = _columns()
"""All columns, in the order of the fields of ``Record`` and of every file that is written."""


def to_row(record: Record) -> dict[str, Cell]:
    """The record's cells by column, in order.

    Raises ValueError for a value that is not of its column's kind, NaN and infinity among
    them: a record says None where nothing was measured.
    """
    return {column.name: _cell(column, getattr(record, column.name)) for column in COLUMNS}


def from_row(row: Mapping[str, object]) -> Record:
    """The inverse of ``to_row``.

    Columns that this version does not know are left out, ones that an older version did not
    write are absent. Raises ValueError for a value that is not of its column's kind.
    """
    record = object.__new__(Record)
    for column, name, may_be_none, default, read, put in _READERS:
        value = row.get(name)
        if value is None and (may_be_none or (not column.required and name not in row)):
            put(record, default)
            continue
        try:
            put(record, read(value))
        except (TypeError, ValueError):
            raise _unexpected(column, value) from None
    return record


def _cell(column: Column, value: object) -> Cell:
    if value is None and not column.required and column.kind not in LISTS:
        return None
    try:
        return _CELLS[column.kind](value)
    except (TypeError, ValueError):
        raise _unexpected(column, value) from None


def _unexpected(column: Column, value: object) -> ValueError:
    return ValueError(f"{column.name} is {value!r}: expected {column.kind.value}")


def _text(value: object) -> str:
    if type(value) is str and value.isascii():
        return value
    if not isinstance(value, str):
        raise TypeError
    # Half a surrogate pair, as in an undecodable file name, can be written to no file.
    return value.encode("utf-8", "replace").decode()


def _whole(value: object) -> int:
    # JSON gives just this type; the check against the abstract one costs ten times as much.
    if type(value) is int:
        return value
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError
    return int(value)


def _real(value: object) -> float:
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _items(value: object) -> Iterable[object]:
    if not isinstance(value, tuple | list):
        raise TypeError
    return value


_CELLS: Mapping[Kind, Callable[[object], Cell]] = {
    Kind.TEXT: _text,
    Kind.STATUS: lambda value: Status(_text(value)).value,
    Kind.WHOLE: _whole,
    Kind.REAL: _real,
    Kind.TEXTS: lambda value: [_text(item) for item in _items(value)],
    Kind.WHOLES: lambda value: [_whole(item) for item in _items(value)],
    Kind.REALS: lambda value: [_real(item) for item in _items(value)],
}
"""What makes a cell of a kind; raises TypeError or ValueError for what is none."""

_FIELDS: Mapping[Kind, Callable[[object], object]] = {
    **_CELLS,
    Kind.STATUS: lambda value: Status(_text(value)),
    Kind.TEXTS: lambda value: tuple(map(_text, _items(value))),
    Kind.WHOLES: lambda value: tuple(map(_whole, _items(value))),
    Kind.REALS: lambda value: tuple(map(_real, _items(value))),
}
"""What makes a field of a record of a cell."""

_READERS = tuple(
    (
        column,
        column.name,
        not column.required and column.kind not in LISTS,
        field.default,
        _FIELDS[column.kind],
        getattr(Record, column.name).__set__,
    )
    for column, field in zip(COLUMNS, dataclasses.fields(Record), strict=True)
)
"""For each column: its name, whether it may be None, its default, what reads it, and what puts it
into a record. A history has millions of cells, and looking these up for each takes longer than
reading it; so does ``Record(...)``, which looks every frozen field up by its name.
"""
