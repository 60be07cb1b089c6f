import io

import pandas as pd
import pyarrow.parquet as pq
from hypothesis import given, settings

from sizewise.records.export import frame, parquet_bytes
from sizewise.records.schema import COLUMNS, LISTS, from_row
from support.rows import make_failure, make_record, make_run
from support.strategies import any_record

ROWS = (make_record(), make_failure("net/uint8@tfjs"))


@settings(max_examples=25)
@given(any_record)
def test_parquet_holds_the_record_exactly(record):
    table = pq.read_table(io.BytesIO(parquet_bytes([record])))
    assert table.column_names == [column.name for column in COLUMNS]
    assert [from_row(row) for row in table.to_pylist()] == [record]


def test_parquet_carries_the_format_version():
    assert pq.read_schema(io.BytesIO(parquet_bytes([]))).metadata[b"sizewise.format"] == b"1"


def test_parquet_and_frame_show_pandas_the_same():
    read = pd.read_parquet(io.BytesIO(parquet_bytes(ROWS)), dtype_backend="numpy_nullable")
    made = frame(ROWS)
    scalars = [column.name for column in COLUMNS if column.kind not in LISTS]
    pd.testing.assert_frame_equal(made[scalars], read[scalars])


def test_a_frame_has_nullable_types_and_all_columns():
    table = make_run(*ROWS).frame
    assert list(table.columns) == [column.name for column in COLUMNS]
    assert str(table["size_raw_bytes"].dtype) == "Int64"
    assert str(table["metric_drop"].dtype) == "Float64"
    assert str(table["status"].dtype) == "string"
    assert table["size_raw_bytes"].isna().tolist() == [False, True]
    assert table["files"].tolist() == [["model.json", "group1-shard1of1.bin"], []]


def test_a_frame_of_no_rows_has_the_types_too():
    assert str(make_run().frame["samples"].dtype) == "Int64"
