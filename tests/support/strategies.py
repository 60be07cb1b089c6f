"""Hypothesis strategies for values that several tests draw."""

from __future__ import annotations

from hypothesis import strategies as st

from sizewise.domain import Record, Status
from sizewise.records.schema import COLUMNS, LISTS, Kind

_REAL = st.floats(allow_nan=False, allow_infinity=False)
_CELLS = {
    Kind.TEXT: st.text(),
    Kind.STATUS: st.sampled_from(Status),
    Kind.WHOLE: st.integers(-(2**63), 2**63 - 1),
    Kind.REAL: _REAL,
    Kind.TEXTS: st.lists(st.text(), max_size=3).map(tuple),
    Kind.WHOLES: st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3).map(tuple),
    Kind.REALS: st.lists(_REAL, max_size=3).map(tuple),
}


def _cell(column):
    always = column.required or column.kind in LISTS
    return _CELLS[column.kind] if always else st.none() | _CELLS[column.kind]


any_record = st.fixed_dictionaries({column.name: _cell(column) for column in COLUMNS}).map(
    lambda fields: Record(**fields)
)
"""Records of every shape, sensible or not."""
