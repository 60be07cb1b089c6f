"""From a folder back to a run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sizewise.domain import FORMAT_VERSION, Location, Record
from sizewise.errors import RecordsError
from sizewise.records import layout
from sizewise.records.run import Run, RunState
from sizewise.records.schema import from_row

_DECODE = json.JSONDecoder().raw_decode


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
    runs = [
        entry
        for entry in path.iterdir()
        if layout.RUN_ID.fullmatch(entry.name) and (entry / layout.HEADER).is_file()
    ]
    if not runs:
        named = [header.parent.name for header in path.glob(f"*/{layout.HEADER}")]
        suites = {header.parent.parent.name for header in path.glob(f"*/*/{layout.HEADER}")}
        below = ", ".join(sorted({*named, *suites})) or "none"
        raise RecordsError(
            f"there is no {layout.HEADER} here",
            where=path,
            advice=f"name the folder of a run or of a suite's runs; below this one: {below}",
        )
    return _newest(runs)


def _newest(runs: list[Path]) -> Path:
    last = max(layout.second_of(run) for run in runs)
    candidates = [run for run in runs if layout.second_of(run) == last]
    if len(candidates) == 1:
        return candidates[0]
    return max(candidates, key=lambda run: str(_header(run / layout.HEADER).get("started")))


def _header(path: Path) -> dict[str, Any]:
    try:
        header: dict[str, Any] = json.loads(path.read_bytes())
    except OSError as error:
        raise RecordsError(f"cannot be read: {error.strerror}", where=path) from error
    except (ValueError, RecursionError) as error:
        raise _corrupt(path, error) from error
    version = header.get("format") if isinstance(header, dict) else None
    if type(version) is not int:
        raise RecordsError("is no run.json of sizewise", where=path)
    if version > FORMAT_VERSION:
        raise RecordsError(
            f"written by a newer sizewise: format {version}, this one reads up to {FORMAT_VERSION}",
            where=path,
            advice="upgrade sizewise",
        )
    return header


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _records(path: Path) -> Iterator[Record]:
    try:
        content = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise RecordsError(f"cannot be read: {error.strerror}", where=path) from error
    # What follows the last line's end is a row that was being written when the run was killed.
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            yield from_row(_row(line))
        except (AttributeError, TypeError, ValueError, RecursionError) as error:
            raise _corrupt(Location(path, number), error) from error


def _row(line: bytes) -> Any:
    """What ``json.loads`` makes of a line, which takes longer to look for what comes around it."""
    if line.startswith(b"{"):
        text = line.decode("utf-8", "surrogatepass")
        row, end = _DECODE(text)
        if end == len(text):
            return row
    return json.loads(line)


def _corrupt(where: object, error: Exception) -> RecordsError:
    return RecordsError(
        f"is corrupt: {error}", where=where, advice="restore the file or run the suite again"
    )
