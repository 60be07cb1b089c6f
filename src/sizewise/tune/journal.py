"""All trials of a tuning on disk, a line each, so that the same command goes on from there."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sizewise.errors import RecordsError
from sizewise.storage import write_file
from sizewise.tune.budget import Figures
from sizewise.tune.trials import Phase, Trial

FORMAT = 1
TASK_FILE = "task.json"
TRIALS_FILE = "trials.jsonl"


class Journal:
    """The trials of one task in a folder, which is made where there is none.

    ``task`` is what results depend on, as JSON has it. Raises RecordsError where the folder holds
    the trials of another task, or cannot be read or written.
    """

    def __init__(self, folder: Path, task: Mapping[str, Any]) -> None:
        self.folder = folder
        self._file = folder / TRIALS_FILE
        wanted = {"format": FORMAT, **task}
        try:
            known = _task_of(folder)
            if known is None:
                write_file(folder / TASK_FILE, json.dumps(wanted, indent=2) + "\n")
            elif known != wanted:
                raise _another(folder, known, wanted)
            self.trials = read_trials(self._file)
        except OSError as error:
            raise RecordsError(
                f"cannot use the folder: {error.strerror or error}", where=folder
            ) from error

    def find(self, phase: Phase, encodings: Mapping[str, str]) -> Trial | None:
        """The trial of a mix, if there was one."""
        return next(
            (
                trial
                for trial in self.trials
                if trial.phase is phase and trial.encodings == dict(encodings)
            ),
            None,
        )

    def add(self, trial: Trial) -> None:
        """Keep a trial; it is on disk when this returns. Raises RecordsError."""
        line = json.dumps(_row(trial), allow_nan=False) + "\n"
        try:
            with self._file.open("a", encoding="utf-8") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise RecordsError(
                f"cannot write: {error.strerror or error}", where=self._file
            ) from error
        self.trials.append(trial)


def _task_of(folder: Path) -> dict[str, Any] | None:
    file = folder / TASK_FILE
    if not file.exists():
        return None
    try:
        task: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RecordsError("it is no JSON", where=file, advice="name another folder") from error
    return task


def _another(folder: Path, known: Mapping[str, Any], wanted: Mapping[str, Any]) -> RecordsError:
    keys = (*wanted, *(key for key in known if key not in wanted))
    other = next(key for key in keys if known.get(key) != wanted.get(key))
    return RecordsError(
        f"the folder holds the trials of another tuning: its {other.replace('_', ' ')} differs",
        where=folder,
        advice="name another folder with --out, or remove this one",
    )


def _row(trial: Trial) -> dict[str, Any]:
    row = asdict(trial)
    sqnr = trial.figures.sqnr_db
    # JSON has no infinity: float() reads it from a text.
    row["figures"]["sqnr_db"] = sqnr if math.isfinite(sqnr) else str(sqnr)
    return row


def read_trials(file: Path) -> list[Trial]:
    """The trials; a last line that a crash cut short is dropped, here and in the file.

    Raises OSError where the file cannot be read, RecordsError where it holds something else.
    """
    if not file.exists():
        return []
    content = file.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        write_file(file, whole)
    try:
        return [_trial(json.loads(line)) for line in whole.splitlines()]
    except (ValueError, LookupError, TypeError) as error:
        raise RecordsError(
            "it holds something else than trials", where=file, advice="name another folder"
        ) from error


def _trial(row: dict[str, Any]) -> Trial:
    figures = {**row["figures"], "sqnr_db": float(row["figures"]["sqnr_db"])}
    return Trial(**{**row, "phase": Phase(row["phase"]), "figures": Figures(**figures)})
