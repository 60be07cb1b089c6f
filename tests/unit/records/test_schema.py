import json
import math

import numpy as np
import pytest
from hypothesis import given

from sizewise.records.schema import COLUMNS, from_row, to_row
from support.rows import make_failure, make_record
from support.strategies import any_record

PROMISED = """
job_id model transform encoding target runtime status reason artifact_sha256 size_raw_bytes
size_gzip_bytes size_brotli_bytes weight_bytes conversion_seconds metric metric_value
metric_reference metric_drop metric_drop_low metric_drop_high samples agreement agreement_low
agreement_high max_abs_error mean_abs_error sqnr_db cosine latency_seconds load_seconds sparsity
distinct_values environment
"""
"""The columns that scripts outside read."""


def test_every_promised_column_exists():
    assert set(PROMISED.split()) <= {column.name for column in COLUMNS}


def test_only_what_names_a_job_is_required():
    required = [column.name for column in COLUMNS if column.required]
    assert required == ["job_id", "model", "transform", "encoding", "target", "status"]


@given(any_record)
def test_a_record_comes_back_as_it_was(record):
    assert from_row(json.loads(json.dumps(to_row(record), allow_nan=False))) == record


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("metric_drop", math.nan),
        ("metric_drop", math.inf),
        ("metric_drop", "0.1"),
        ("metric_drop", True),
        ("latencies_seconds", (0.1, math.nan)),
        ("latencies_seconds", None),
        ("size_raw_bytes", 1.5),
        ("size_raw_bytes", True),
        ("reason", 5),
        ("files", "model.json"),
        ("status", "fine"),
        ("model", None),
    ],
)
def test_a_value_of_another_kind_is_refused_by_name(column, value):
    with pytest.raises(ValueError, match=column):
        to_row(make_record(**{column: value}))
    with pytest.raises(ValueError, match=column):
        from_row(to_row(make_record()) | {column: value})


def test_numpy_scalars_become_plain_numbers():
    row = to_row(make_record(sqnr_db=np.float32(1.5), samples=np.int64(7)))
    assert (row["sqnr_db"], row["samples"]) == (1.5, 7)
    json.dumps(row)


def test_text_that_no_file_can_hold_is_made_writable():
    assert to_row(make_failure("a/uint8@tfjs", reason="bad \udc80 name"))["reason"] == "bad ? name"


def test_columns_of_other_versions():
    row = to_row(make_record()) | {"from_the_future": 1}
    del row["cosine"]
    assert from_row(row) == make_record(cosine=None)
