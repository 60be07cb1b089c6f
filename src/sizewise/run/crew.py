"""The worker process at work for a run: replaced when it dies, its last words kept."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from sizewise.domain import Job, Record, Status
from sizewise.errors import SetupError
from sizewise.run.listener import Listener
from sizewise.run.messages import (
    Broken,
    Command,
    Done,
    Finished,
    Prepare,
    Preparing,
    Refused,
    RunGroup,
    Working,
)
from sizewise.run.process import WorkerLostError, WorkerProcess, WorkerSilentError
from sizewise.run.rows import without_figures


class InternalError(Exception):
    """A worker failed by a defect of sizewise; the cause is its traceback."""


class WorkerTraceError(Exception):
    """The traceback as the worker printed it."""


class Crew:
    """Carries out a run's commands in a worker process; a context manager that ends it.

    ``start`` starts a worker that logs to the path it is given.
    """

    def __init__(
        self, listener: Listener, start: Callable[[Path], WorkerProcess] = WorkerProcess
    ) -> None:
        self._listener = listener
        self._start = start
        self._scratch = Path(tempfile.mkdtemp(prefix="sizewise-"))
        self._log = self._scratch / "worker.log"
        self._worker: WorkerProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._dismiss()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def prepare(self, jobs: Sequence[Job]) -> Mapping[str, str | int]:
        """Check models and data, bring the runtimes up, and describe the environment.

        Raises the SizewiseError of whatever cannot be used.
        """
        models = tuple(dict.fromkeys(job.model for job in jobs))
        targets = tuple(dict.fromkeys(job.target for job in jobs))
        try:
            for event in self._ask(Prepare(models, targets)):
                if isinstance(event, Done) and event.environment is not None:
                    return event.environment
        except (WorkerLostError, WorkerSilentError) as error:
            raise SetupError(f"the set-up failed: {error}", advice=self._last_words()) from error
        raise AssertionError("a worker answers Prepare with an environment")

    def run(self, command: RunGroup) -> Iterator[Record]:
        """Run a group; where the worker dies, its jobs at work get a row and the rest goes on."""
        waiting = {str(job.id): job for job in command.group.jobs}
        while waiting:
            at_work: tuple[str, ...] = tuple(waiting)
            left = replace(command, group=replace(command.group, jobs=tuple(waiting.values())))
            try:
                for event in self._ask(left):
                    if isinstance(event, Working):
                        at_work = event.job_ids
                        self._listener.working(at_work[0], event.stage)
                    elif isinstance(event, Finished):
                        del waiting[event.record.job_id]
                        yield event.record
            except WorkerLostError as error:
                status, reason = Status.CRASHED, f"{error}; {self._last_words()}"
            except WorkerSilentError as error:
                status, reason = Status.TIMEOUT, str(error)
            else:
                return
            self._dismiss()
            for job_id in at_work:
                if job := waiting.pop(job_id, None):
                    yield without_figures(job, status, reason, command.environment)

    def keep_log(self, path: Path) -> None:
        """Copy what the worker and the native code in it have said."""
        if self._log.exists():
            shutil.copyfile(self._log, path)

    def _ask(self, command: Command) -> Iterator[Working | Finished | Done]:
        if self._worker is None:
            self._worker = self._start(self._log)
        for event in self._worker.ask(command):
            match event:
                case Preparing(message):
                    self._listener.preparing(message)
                case Refused(error):
                    raise error
                case Broken(error, trace):
                    raise InternalError(f"a worker failed: {error}") from WorkerTraceError(trace)
                case _:
                    yield event

    def _dismiss(self) -> None:
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        spoken = [line.strip() for line in lines if line.strip()]
        return f"its last words: {spoken[-1][:300]}" if spoken else "it left no word"
