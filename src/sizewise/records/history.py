"""A history: a folder below which runs lie, at any depth, each a folder of its own.

Nothing else keeps track of runs, so that copying, merging and deleting run folders is all there
is to moving, joining and shortening a history: a run that is there twice counts once, by its
suite and run id. Only ``run.json`` and ``records.jsonl`` are read; artifacts and exports need
not be there. Symbolic links are never followed.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sizewise.domain import FORMAT_VERSION
from sizewise.errors import RecordsError
from sizewise.records import layout
from sizewise.records.reading import load_run
from sizewise.records.run import Run, RunState


@dataclass(frozen=True, slots=True)
class History:
    """The runs of a folder, the oldest first.

    ``repeated`` are folders of runs that are there already, ``unreadable`` says what is wrong
    with those that are left out.
    """

    runs: tuple[Run, ...]
    repeated: tuple[Path, ...]
    unreadable: tuple[RecordsError, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """What ``run.json`` says of a run, without its rows."""

    path: Path
    suite: str
    run_id: str
    state: RunState
    started: datetime


@dataclass(frozen=True, slots=True)
class Pruning:
    """What pruning a history removes, the oldest first, and how many runs it keeps."""

    removed: tuple[Heading, ...]
    kept: int


def run_folders(folder: Path) -> Iterator[Path]:
    """Folders with a ``run.json`` at or below ``folder``, in order of their paths.

    Nothing inside such a folder is looked at; hidden folders and links are passed over.
    Raises RecordsError where ``folder`` is none, or one in it cannot be read.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise RecordsError(
            f"cannot be read: {error.strerror}",
            where=folder,
            advice="name a folder below which `sizewise run` has kept runs",
        ) from error
    if any(
        entry.name == layout.HEADER and entry.is_file(follow_symlinks=False) for entry in entries
    ):
        yield folder
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            yield from run_folders(Path(entry.path))


def load_history(folder: Path) -> History:
    """All runs at or below ``folder``, whatever their state.

    Of a run that is there twice the copy that got further counts. Raises RecordsError where
    there is no run that can be read.
    """
    found: dict[tuple[str, str], Run] = {}
    repeated, unreadable = [], []
    for path in run_folders(folder):
        try:
            run = _dated(load_run(path))
        except RecordsError as error:
            unreadable.append(error)
            continue
        key = (run.suite, run.run_id)
        if key in found:
            run, spare = sorted((run, found[key]), key=_progress, reverse=True)
            repeated.append(spare.path)
        found[key] = run
    if not found:
        raise unreadable[0] if unreadable else _no_runs(folder)
    runs = sorted(found.values(), key=lambda run: (run.started, run.run_id))
    return History(tuple(runs), tuple(repeated), tuple(unreadable))


def _dated(run: Run) -> Run:
    if run.started.tzinfo is None:
        raise RecordsError("says when it started without a time zone", where=run.path)
    return run


def _progress(run: Run) -> tuple[bool, int]:
    return run.state is RunState.COMPLETE, len(run.records)


def _no_runs(folder: Path) -> RecordsError:
    return RecordsError(
        "there is no run here or below",
        where=folder,
        advice="name a folder below which `sizewise run` has kept runs",
    )


def plan_pruning(folder: Path, keep: timedelta, *, now: datetime | None = None) -> Pruning:
    """The runs that started longer than ``keep`` ago, and may be removed.

    Never among them: the newest complete run of a suite, one that is not complete (it may be
    under way), one whose ``run.json`` cannot be read, and one with another run inside.
    """
    every = list(run_folders(folder))
    headings = [heading for path in every if (heading := _heading(path))]
    complete = [heading for heading in headings if heading.state is RunState.COMPLETE]
    newest = {heading.suite: heading.path for heading in sorted(complete, key=lambda h: h.started)}
    limit = (now or datetime.now(UTC)) - keep
    removed = [
        heading
        for heading in sorted(complete, key=lambda h: h.started)
        if heading.started < limit
        and newest[heading.suite] != heading.path
        and not _holds_another_run(heading.path)
    ]
    return Pruning(tuple(removed), len(every) - len(removed))


def remove_runs(headings: Iterable[Heading]) -> Iterator[Heading]:
    """Remove run folders, and give each when it is gone.

    A folder is first renamed to a hidden name, so that nobody reads half a run. Links in it are
    removed, not what they lead to. Raises RecordsError where one cannot be removed.
    """
    for heading in headings:
        path = heading.path
        hidden = path.parent / f".{path.name}.{secrets.token_hex(4)}"
        try:
            path.rename(hidden)
            shutil.rmtree(hidden)
        except OSError as error:
            raise RecordsError(
                f"cannot be removed: {error.strerror}", where=error.filename or path
            ) from error
        yield heading


def _heading(path: Path) -> Heading | None:
    try:
        header = json.loads((path / layout.HEADER).read_bytes())
        if type(header["format"]) is not int or header["format"] > FORMAT_VERSION:
            return None
        started = datetime.fromisoformat(header["started"])
        state = RunState(header["state"])
        # Without a time zone it cannot be said how long ago that was.
        if started.tzinfo is None:
            return None
        return Heading(path, str(header["suite"]), str(header["run_id"]), state, started)
    except (OSError, KeyError, TypeError, ValueError, RecursionError):
        return None


def _holds_another_run(path: Path) -> bool:
    return any(layout.HEADER in files for folder, _, files in os.walk(path) if Path(folder) != path)
