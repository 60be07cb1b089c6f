"""Rows for others: CSV, Parquet and pandas. Nothing here is read back by sizewise."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sizewise.domain import FORMAT_VERSION, Record
from sizewise.records.schema import COLUMNS, Cell, Kind, to_row

if TYPE_CHECKING:
    import pandas as pd

_PANDAS_TYPES = {
    Kind.TEXT: "string",
    Kind.STATUS: "string",
    Kind.WHOLE: "Int64",
    Kind.REAL: "Float64",
    Kind.TEXTS: "object",
    Kind.WHOLES: "object",
    Kind.REALS: "object",
}


def csv_text(records: Iterable[Record]) -> str:
    """The rows as CSV: a heading, then a line a row; lists as JSON, absent values empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in COLUMNS)
    for record in records:
        writer.writerow(_flat(cell) for cell in to_row(record).values())
    return text.getvalue()


def _flat(cell: Cell) -> str | int | float | None:
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, list) else cell


def parquet_bytes(records: Iterable[Record]) -> bytes:
    """The rows as a Parquet file, the format version in its metadata as ``sizewise.format``."""
    import pyarrow as pa
    import pyarrow.json
    import pyarrow.parquet as pq

    types = {
        Kind.TEXT: pa.string(),
        Kind.STATUS: pa.string(),
        Kind.WHOLE: pa.int64(),
        Kind.REAL: pa.float64(),
        Kind.TEXTS: pa.list_(pa.string()),
        Kind.WHOLES: pa.list_(pa.int64()),
        Kind.REALS: pa.list_(pa.float64()),
    }
    schema = pa.schema(
        [pa.field(column.name, types[column.kind], not column.required) for column in COLUMNS],
        metadata={"sizewise.format": str(FORMAT_VERSION)},
    )
    lines = "".join(json.dumps(to_row(record)) + "\n" for record in records).encode()
    # Arrow makes a table of Python objects only after it has imported pandas, which takes longer
    # than everything else here; it reads JSON without.
    table = schema.empty_table()
    if lines:
        loose = pa.schema([pa.field(field.name, field.type) for field in schema])
        read = pyarrow.json.read_json(
            pa.BufferReader(lines),
            read_options=pyarrow.json.ReadOptions(block_size=len(lines)),
            parse_options=pyarrow.json.ParseOptions(explicit_schema=loose),
        )
        table = pa.Table.from_arrays(read.select(schema.names).columns, schema=schema)
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def frame(records: Sequence[Record]) -> pd.DataFrame:
    """The rows as a DataFrame with pandas' nullable types."""
    import pandas as pd

    rows = [to_row(record) for record in records]
    return pd.DataFrame(
        {
            column.name: pd.Series(
                [row[column.name] for row in rows], dtype=_PANDAS_TYPES[column.kind]
            )
            for column in COLUMNS
        }
    )
