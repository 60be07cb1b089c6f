"""A place for one worker process: filled when there is work, and anew when the worker is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeAlias

from sizewise.domain import Job, ModelSpec, Status
from sizewise.errors import SetupError
from sizewise.measure import fingerprint
from sizewise.run.keras import keras_of
from sizewise.run.messages import (
    Broken,
    Command,
    Done,
    Event,
    Finished,
    Prepare,
    Preparing,
    Refused,
    RunGroup,
    Working,
)
from sizewise.run.process import WorkerLostError
from sizewise.run.rows import without_figures

OF_THE_GROUP = frozenset(["opening", "training", "transforming"])
"""Stages that are the same for every job of a group."""

OF_THE_TARGET = frozenset(["optimising", "verifying"])
"""Stages that are the same for every job of a group that has the same target."""


class InternalError(Exception):
    """A worker failed by a defect of sizewise; the cause is its traceback."""


class WorkerTraceError(Exception):
    """The traceback as the worker printed it."""


class DismissedError(Exception):
    """The run is over, and its workers are ended."""


class Worker(Protocol):
    """What a slot needs of a worker process."""

    def ask(self, command: Command) -> Iterator[Event]:
        """Send a command and give its events. Raises WorkerLostError."""

    def kill(self) -> None:
        """End it at once, from whichever thread."""

    def close(self) -> None:
        """End it and wait for that."""


class Start(Protocol):
    """Starts a worker that logs to a file."""

    def __call__(self, log: Path, *, keras: int | None) -> Worker: ...  # noqa: D102


Tell: TypeAlias = Callable[[Preparing | Working], None]
"""Hears of progress."""


@dataclass(frozen=True, slots=True)
class _Loss:
    """How a worker was lost.

    ``at_work`` are the jobs that were, with the ``stage`` that they had reached; ``left`` are all
    that have no row yet, these included.
    """

    at_work: tuple[Job, ...]
    left: tuple[Job, ...]
    stage: str
    status: Status
    reason: str


class Slot:
    """Carries out one command after another in a worker process that is replaced when it dies."""

    def __init__(self, log: Path, start: Start, tell: Tell) -> None:
        self._log = log
        self._start = start
        self._tell = tell
        self._worker: Worker | None = None
        self._over = threading.Event()
        self.keras: int | None = None
        self.model: ModelSpec | None = None

    @property
    def is_filled(self) -> bool:
        """Whether a worker process is there already."""
        return self._worker is not None

    def prepare(self, command: Prepare, keras: int | None) -> Mapping[str, str | int]:
        """Carry out ``command`` and give the description of the environment.

        Raises the SizewiseError of whatever cannot be used.
        """
        try:
            for event in self._ask(command, keras):
                if isinstance(event, Done) and event.environment is not None:
                    return event.environment
        except WorkerLostError as error:
            self._dismiss()
            # One model at a time: whatever it holds has taken the process that looked at it along.
            model = next(iter(command.models), None)
            what = "the set-up" if model is None else f"the check of the model {model.name}"
            where = None if model is None else model.source.at
            raise SetupError(
                f"{what} failed: {error}", where=where, advice=self._last_words()
            ) from error
        raise AssertionError("a worker answers Prepare with an environment")

    def run(self, command: RunGroup) -> Iterator[Finished]:
        """Run a group, and give every job of it a row.

        Where the worker is lost, the jobs that were at work are tried one by one, in a fresh
        process: a job that loses that one too gets its row. What the jobs have in common is not
        tried for each of them again.
        """
        left: tuple[Job, ...] = command.group.jobs
        while left:
            loss = yield from self._attempt(command, left)
            if loss is None:
                return
            if loss.status is Status.TIMEOUT and len(loss.at_work) == 1:
                yield _row(loss.at_work[0], loss, command)
            else:
                yield from self._one_by_one(command, loss.at_work)
            left = tuple(job for job in loss.left if job not in loss.at_work)

    def stop(self) -> None:
        """End the worker, from whichever thread; whoever waits for it gets DismissedError."""
        self._over.set()
        if (worker := self._worker) is not None:
            worker.kill()

    def close(self) -> None:
        """End the worker when no thread waits for it."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _one_by_one(self, command: RunGroup, jobs: tuple[Job, ...]) -> Iterator[Finished]:
        suspects = list(jobs)
        while suspects:
            job = suspects.pop(0)
            loss = yield from self._attempt(command, (job,))
            if loss is None:
                continue
            yield _row(job, loss, command)
            for other in [other for other in suspects if _share(loss.stage, job, other)]:
                suspects.remove(other)
                yield _row(other, loss, command)

    def _attempt(
        self, command: RunGroup, jobs: tuple[Job, ...]
    ) -> Generator[Finished, None, _Loss | None]:
        """Run some of the group's jobs; gives how the worker was lost, if it was."""
        waiting = {str(job.id): job for job in jobs}
        at_work, stage = tuple(waiting), ""
        self.model = command.group.model
        part = replace(command, group=replace(command.group, jobs=jobs))
        try:
            for event in self._ask(part, keras_of(command.group)):
                if isinstance(event, Working):
                    at_work, stage = event.job_ids, event.stage
                    self._tell(event)
                elif isinstance(event, Finished):
                    del waiting[event.record.job_id]
                    yield event
        except WorkerLostError as error:
            self._dismiss()
            died = error.status is Status.CRASHED
            reason = f"{error}; {self._last_words()}" if died else str(error)
            lost = tuple(waiting[job_id] for job_id in at_work if job_id in waiting)
            # A worker that dies between two jobs has none at work: all the others are suspects.
            left = tuple(waiting.values())
            return _Loss(lost or left, left, stage, error.status, reason) if left else None
        return None

    def _ask(self, command: Command, keras: int | None) -> Iterator[Working | Finished | Done]:
        if self._worker is not None and keras not in (None, self.keras):
            self._dismiss()
        if self._over.is_set():
            raise DismissedError
        if self._worker is None:
            self._worker = self._start(self._log, keras=keras)
            self.keras = keras
        if self._over.is_set():
            self._dismiss()
        for event in self._worker.ask(command):
            match event:
                case Preparing():
                    self._tell(event)
                case Refused(error):
                    raise error
                case Broken(error, trace):
                    raise InternalError(f"a worker failed: {error}") from WorkerTraceError(trace)
                case _:
                    yield event

    def _dismiss(self) -> None:
        self.close()
        if self._over.is_set():
            raise DismissedError

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        spoken = [line.strip() for line in lines if line.strip()]
        return f"its last words: {spoken[-1][:300]}" if spoken else "it left no word"


def _share(stage: str, job: Job, other: Job) -> bool:
    """Whether two jobs of a group have a stage in common."""
    return stage in OF_THE_GROUP or (stage in OF_THE_TARGET and job.target is other.target)


def _row(job: Job, loss: _Loss, command: RunGroup) -> Finished:
    row = without_figures(job, loss.status, loss.reason, fingerprint(command.environment))
    return Finished(replace(row, timing=command.timing))
