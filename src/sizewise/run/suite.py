"""Runs a suite: checks it, takes what is kept, has the rest done, and keeps every row."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sizewise.domain import Record, Status, Suite
from sizewise.errors import RecordsError
from sizewise.measure import fingerprint
from sizewise.plan import make_plan
from sizewise.records import RunFolder
from sizewise.run.crew import Crew
from sizewise.run.gathering import Gathering, set_up
from sizewise.run.listener import Listener, Silent
from sizewise.run.options import RunOptions
from sizewise.run.process import COMMAND, Limits, WorkerProcess
from sizewise.run.reuse import Reuse
from sizewise.run.schedule import Board, Submit
from sizewise.store import limit_bytes, open_store

DEFAULT_OUTPUT = Path("results", "runs")
"""Where runs are kept unless another folder is named."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """Where a run's rows are, how many of its jobs failed, how many were taken from the store
    as an earlier run had left them, and whether it was cut short.
    """

    folder: Path
    failed: int
    interrupted: bool
    reused: int = 0


def run_suite(
    suite: Suite,
    *,
    select: str | None = None,
    output: Path | None = None,
    brotli_level: int = 5,
    listener: Listener | None = None,
    options: RunOptions | None = None,
) -> RunOutcome:
    """Run every selected job of a suite and write its records below ``output``.

    What the store has is taken from there, and what is done is kept there. Rows are on disk as
    soon as their job ends; Ctrl-C and SIGTERM keep them, and the same command goes on from there.
    Raises a SizewiseError, with nothing written, where a model, its data or the set-up is wrong,
    and a RecordsError where the run's folder cannot be written.
    """
    listener, options = listener or Silent(), options or RunOptions()
    board = Board(listener)
    reuse = Reuse(open_store(options.store), options.fresh, listener.preparing)
    limit = limit_bytes()
    with _terminable(), _crew(options, board) as crew:
        plan = make_plan(suite, select)
        listener.preparing("checking models and data")
        environment = set_up(plan, crew, board, reuse)
        gathering = Gathering(plan, environment, reuse, options, brotli_level)
        folder = RunFolder.create(
            output or DEFAULT_OUTPUT,
            suite.name,
            suite.text,
            environment=environment,
            fingerprint=fingerprint(environment),
            job_ids=[str(job.id) for job in plan.jobs],
            options={"timing": options.mode.value, "fresh": options.fresh},
        )
        with _log_of_failure(crew, folder), _workplace(options, crew, board) as submit:
            outcome = _keep(gathering, folder, submit, board, listener)
        if outcome.failed and options.cluster is None:
            crew.keep_log(folder.path)
        reuse.keep_within(limit)
    return outcome


def _keep(
    gathering: Gathering, folder: RunFolder, submit: Submit, board: Board, listener: Listener
) -> RunOutcome:
    """Put every row on disk, and close the folder however the run ends."""
    listener.started([str(job.id) for job in gathering.plan.jobs], folder.path)
    failures = 0
    state = "interrupted"
    try:
        kept = list(gathering.kept(folder.path))
        folder.append(*kept)
        for record in kept:
            failures += _is_failure(record)
            listener.finished(record)
        for record in gathering.made(submit, board, folder.path):
            folder.append(record)
            failures += _is_failure(record)
            listener.finished(record)
        state = "complete"
    except KeyboardInterrupt:
        pass  # what is finished is kept; the outcome tells the caller
    finally:
        folder.finish(state, gathering.environments)
    return RunOutcome(folder.path, failures, state != "complete", gathering.reused)


def _is_failure(record: Record) -> bool:
    return record.status not in {Status.OK, Status.ILLEGAL}


def _crew(options: RunOptions, board: Board) -> Crew:
    start = partial(WorkerProcess, command=COMMAND, limits=_limits(options))
    return Crew(options.crew_size, start, board.post)


@contextmanager
def _log_of_failure(crew: Crew, folder: RunFolder) -> Iterator[None]:
    """Keep what the workers have said where the run ends by an error."""
    try:
        yield
    except Exception:
        # The error matters more than a log that cannot be written either.
        with suppress(RecordsError):
            crew.keep_log(folder.path)
        raise


@contextmanager
def _workplace(options: RunOptions, crew: Crew, board: Board) -> Iterator[Submit]:
    """Where groups are run: by the crew, or on a cluster."""
    if options.cluster is None:
        yield crew.submit
        return
    from sizewise.run.cluster import Cluster

    with Cluster(options.cluster, _limits(options), board.post) as cluster:
        yield cluster.submit


def _limits(options: RunOptions) -> Limits:
    return Limits(options.time_limit_seconds, options.memory_limit_bytes)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does: end the run in good order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
