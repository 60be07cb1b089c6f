import csv
import io
import json

from sizewise.records import COLUMNS, to_row
from sizewise.reports.plain import as_csv, as_json
from support.rows import make_showcase


def test_csv_has_the_records_columns_in_order():
    run = make_showcase()
    heading, *lines = csv.reader(io.StringIO(as_csv(run)))
    assert heading == [column.name for column in COLUMNS]
    assert [line[0] for line in lines] == [record.job_id for record in run.records]


def test_json_has_the_run_and_the_records():
    run = make_showcase()
    document = json.loads(as_json(run))
    assert document["format"] == 1
    assert document["records"] == [to_row(record) for record in run.records]
    assert document["run"]["missing"] == ["broken/int8@tflite"]
    assert document["run"]["state"] == "interrupted"
    assert document["run"]["environment"] == run.environment
    assert document["run"]["started"] == "2026-11-21T03:12:00+00:00"
