"""The run folder while it is written: made once, one line a row, closed with the exports."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Self

from sizewise.domain import FORMAT_VERSION, Record
from sizewise.errors import RecordsError
from sizewise.records import layout
from sizewise.records.export import csv_text, parquet_bytes
from sizewise.records.reading import load_run
from sizewise.records.run import RunState
from sizewise.records.schema import to_row
from sizewise.storage import write_file


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of a run that is under way."""

    path: Path

    @classmethod
    def create(
        cls,
        root: Path,
        suite: str,
        suite_text: str,
        *,
        environment: Mapping[str, object],
        fingerprint: str,
        job_ids: Sequence[str],
        options: Mapping[str, object] | None = None,
    ) -> Self:
        """Make ``<root>/<suite>/<run id>/``, a new folder whoever else makes one at that time.

        ``environment`` and ``options``, with which the run is carried out, must be JSON. Raises
        RecordsError where it cannot be written.
        """
        started = datetime.now(UTC)
        header = {
            "format": FORMAT_VERSION,
            "suite": suite,
            "run_id": "",
            "sizewise": version("sizewise"),
            "started": started.isoformat(),
            "finished": None,
            "state": RunState.RUNNING.value,
            "jobs": list(job_ids),
            "fingerprint": fingerprint,
            "environment": dict(environment),
            "options": dict(options or {}),
        }
        try:
            path = _new_path(root / suite, started)
            write_file(path / layout.SUITE, suite_text)
            _write_header(path, header | {"run_id": path.name})
        except OSError as error:
            raise _cannot_write(root / suite, error) from error
        return cls(path)

    def append(self, *records: Record) -> None:
        """Add rows; they are on disk when this returns.

        Raises RecordsError where they cannot be written, the journal then being as before, and
        ValueError for a record that holds NaN, infinity or a value of another type.
        """
        rows = [json.dumps(to_row(record), allow_nan=False) + "\n" for record in records]
        lines = "".join(rows).encode()
        journal = self.path / layout.JOURNAL
        try:
            with journal.open("ab", buffering=0) as file:
                end = file.seek(0, os.SEEK_END)
                try:
                    _write_all(file.fileno(), lines)
                except OSError:
                    # Half a line would spoil the one that comes after it.
                    file.truncate(end)
                    raise
        except OSError as error:
            raise _cannot_write(journal, error) from error

    def finish(
        self, state: str, environments: Mapping[str, Mapping[str, object]] | None = None
    ) -> None:
        """Write the exports and mark the run ``complete`` or ``interrupted``.

        ``environments`` are those, by fingerprint, of rows that were measured by earlier runs.
        Raises RecordsError where they cannot be written; the rows are kept all the same.
        """
        run = load_run(self.path)
        header = json.loads((self.path / layout.HEADER).read_text(encoding="utf-8"))
        changes = {
            "state": RunState(state).value,
            "finished": datetime.now(UTC).isoformat(),
            "environments": {name: dict(told) for name, told in (environments or {}).items()},
        }
        try:
            write_file(self.path / layout.PARQUET, parquet_bytes(run.records))
            write_file(self.path / layout.CSV, csv_text(run.records))
            _write_header(self.path, header | changes)
        except OSError as error:
            raise _cannot_write(self.path, error) from error


def _new_path(folder: Path, started: datetime) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        path = folder / layout.run_id(started, secrets.token_hex(2))
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path


def _write_header(path: Path, header: Mapping[str, object]) -> None:
    text = json.dumps(header, indent=2, ensure_ascii=False, allow_nan=False)
    write_file(path / layout.HEADER, text + "\n")


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fsync(descriptor)


def _cannot_write(path: Path, error: OSError) -> RecordsError:
    return RecordsError(
        f"cannot write: {error.strerror or error}",
        where=error.filename or path,
        advice="name another folder with --output",
    )
