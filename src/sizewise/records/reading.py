"""From a folder back to a run."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sizewise.domain import FORMAT_VERSION, Location, Record
from sizewise.errors import RecordsError
from sizewise.records import layout
from sizewise.records.run import Run, RunState
from sizewise.records.schema import from_row


def load_run(path: Path | str) -> Run:
    """The run in a folder, or the newest of the runs in a suite's folder.

    ``results/runs/kws/20261121T031200Z-1a2b`` is that run, ``results/runs/kws`` the one below
    it that started last. A run that was killed, or is still under way, is read as far as it
    got. Raises RecordsError where there is no run, where a file is corrupt, and for the run of
    a newer sizewise.
    """
    folder = _run_folder(Path(path))
    header = _header(folder / layout.HEADER)
    try:
        run = Run(
            path=folder,
            suite=str(header["suite"]),
            run_id=str(header["run_id"]),
            state=RunState(header["state"]),
            sizewise=str(header["sizewise"]),
            started=datetime.fromisoformat(header["started"]),
            finished=_time(header["finished"]),
            job_ids=tuple(str(job_id) for job_id in header["jobs"]),
            environment=dict(header["environment"]),
            fingerprint=str(header["fingerprint"]),
            records=(),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _corrupt(folder / layout.HEADER, error) from error
    order = {job_id: place for place, job_id in enumerate(run.job_ids)}
    records = sorted(
        _records(folder / layout.JOURNAL), key=lambda record: order.get(record.job_id, len(order))
    )
    return dataclasses.replace(run, records=tuple(records))


def _run_folder(path: Path) -> Path:
    if (path / layout.HEADER).is_file():
        return path
    if not path.is_dir():
        what = "is a file, not the folder of a run" if path.exists() else "no such folder"
        raise RecordsError(what, where=path, advice="name a folder that `sizewise run` has written")
    runs = [entry for entry in path.iterdir() if (entry / layout.HEADER).is_file()]
    if runs:
        return max(runs, key=_age)
    suites = sorted({header.parent.parent.name for header in path.glob(f"*/*/{layout.HEADER}")})
    advice = f"name one of its suites: {', '.join(suites)}" if suites else "name a run's folder"
    raise RecordsError(f"there is no run here (no {layout.HEADER})", where=path, advice=advice)


