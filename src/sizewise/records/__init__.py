"""Durable truth: rows on disk, written one by one, read back exactly. The gateway to pandas.

A run is a folder ``<root>/<suite>/<run id>/``:

| file | what it is | written |
|---|---|---|
| ``run.json`` | format version, suite, state, jobs, environment | at the start and at the end |
| ``suite.yaml`` | a copy of the suite file | at the start |
| ``records.jsonl`` | the journal: a line a row; rows are read from it alone | job by job |
| ``tensors/*.json`` | the constants of each artifact, by its digest | job by job |
| ``records.parquet``, ``records.csv`` | the same rows for pandas and others | at the end |

The journal is the truth, also of a complete run, for two reasons: a killed run is read by the
same code as a finished one, and a report starts without loading pandas or pyarrow.
"""

from sizewise.records.export import csv_text
from sizewise.records.folder import RunFolder
from sizewise.records.reading import load_run
from sizewise.records.run import Run, RunState
from sizewise.records.schema import COLUMNS, from_row, to_row
from sizewise.records.tensor_files import save_tensors, tensors

__all__ = [
    "COLUMNS",
    "Run",
    "RunFolder",
    "RunState",
    "csv_text",
    "from_row",
    "load_run",
    "save_tensors",
    "tensors",
    "to_row",
]
