"""Every figure of a run, unrounded, for programs: CSV and JSON."""

from __future__ import annotations

import json

from sizewise.domain import FORMAT_VERSION
from sizewise.records import Run, csv_text, to_row


def as_csv(run: Run) -> str:
    """A heading and a line a row, the columns in the order of ``Record``'s fields."""
    return csv_text(run.records)


def as_json(run: Run) -> str:
    """``{"format": 1, "run": {...}, "records": [...]}``, strict JSON, indented."""
    document = {
        "format": FORMAT_VERSION,
        "run": {
            "suite": run.suite,
            "run_id": run.run_id,
            "state": run.state.value,
            "sizewise": run.sizewise,
            "started": run.started.isoformat(),
            "finished": None if run.finished is None else run.finished.isoformat(),
            "jobs": list(run.job_ids),
            "missing": list(run.missing),
            "fingerprint": run.fingerprint,
            "environment": dict(run.environment),
        },
        "records": [to_row(record) for record in run.records],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
