"""A worker process as its parent sees it: started, talked to, and ended if need be."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from sizewise.domain import Status
from sizewise.run.messages import Broken, Command, Done, Event, Refused, Working
from sizewise.run.options import DEFAULT_TIME_LIMIT_SECONDS
from sizewise.units import format_bytes

COMMAND = (sys.executable, "-m", "sizewise.run.worker")
"""What starts a worker."""

START_SECONDS = 120.0
"""What a worker may take to start and to import TensorFlow, which is no part of any job."""

WARMING_UP = "warming up"
"""The stage in which a worker does for the first time what is slow then."""

LOOK_SECONDS = 0.25
"""How often the memory of a worker is looked at."""

LEGACY_KERAS = "TF_USE_LEGACY_KERAS"
"""The variable by which TensorFlow chooses its Keras when it is imported: 1 for Keras 2."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a worker may take: seconds for the jobs at work, bytes of resident memory for it
    and what it has started.
    """

    time_seconds: float = DEFAULT_TIME_LIMIT_SECONDS
    memory_bytes: int | None = None


class WorkerLostError(Exception):
    """The worker died or had to be ended. The message says how."""

    def __init__(self, message: str, status: Status = Status.CRASHED) -> None:
        super().__init__(message)
        self.status = status


class WorkerProcess:
    """One worker process; starts at once, is ended by ``close`` or the end of the ``with`` block.

    Its own output, and that of all native code in it, is appended to ``log``. Temporary files,
    its own and those of all that it starts, are in a folder beside ``log`` that is gone with it.
    ``keras`` is the version that TensorFlow's own Keras is in it, None for whatever the user's
    shell says.
    """

    def __init__(
        self,
        log: Path,
        command: Sequence[str] = COMMAND,
        *,
        limits: Limits | None = None,
        keras: int | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._is_new = True
        # A worker ends at any moment, and then removes nothing: TensorFlow's autograph alone
        # leaves a file for each function that it has converted.
        self._temporary = Path(tempfile.mkdtemp(prefix=f"{log.stem}-", dir=log.parent))
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                env=_environment(keras, self._temporary),
                # Ctrl-C in a terminal is for the parent, which decides what is kept; and all that
                # the worker starts can be ended together.
                start_new_session=True,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._commands = Connection(os.dup(self._process.stdin.fileno()), readable=False)
        self._events = Connection(os.dup(self._process.stdout.fileno()), writable=False)
        self._process.stdin.close()
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, command: Command) -> Iterator[Event]:
        """Send a command and give its events up to and including the last.

        The time limit starts anew with each event, but not when the same jobs only reach their
        next stage. Starting and warming up are no part of it: they may take ``START_SECONDS``
        more. Raises WorkerLostError; the worker is of no use after that.
        """
        at_work: tuple[str, ...] | None = None
        try:
            self._commands.send(command)
            limit = self._limit(extra=self._is_new)
            deadline = time.monotonic() + limit
            while True:
                event = self._next(deadline, limit)
                self._is_new = False
                warming = isinstance(event, Working) and event.stage == WARMING_UP
                if not (isinstance(event, Working) and event.job_ids == at_work):
                    limit = self._limit(extra=warming)
                    deadline = time.monotonic() + limit
                if isinstance(event, Working):
                    # What comes after warming up starts anew, with the same jobs too.
                    at_work = None if warming else event.job_ids
                yield event
                if isinstance(event, Done | Refused | Broken):
                    return
        except (EOFError, OSError) as error:
            raise WorkerLostError(self._how_it_ended()) from error

    def close(self) -> None:
        """End the process and all that it started."""
        self.kill()
        self._process.wait()
        self._commands.close()
        self._events.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def kill(self) -> None:
        """End the process and all that it started, at once, from whichever thread."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _limit(self, *, extra: bool) -> float:
        return self._limits.time_seconds + (START_SECONDS if extra else 0.0)

    def _next(self, deadline: float, seconds: float) -> Event:
        while True:
            left = deadline - time.monotonic()
            limit = self._limits.memory_bytes
            wait = max(0.0, left if limit is None else min(left, LOOK_SECONDS))
            if self._events.poll(wait):
                event: Event = self._events.recv()
                return event
            if limit is not None and (used := self._resident_bytes()) > limit:
                self.kill()
                raise WorkerLostError(
                    f"the worker process used {format_bytes(used)} of memory, over the limit of "
                    f"{format_bytes(limit)}, and was ended"
                )
            if time.monotonic() >= deadline:
                self.kill()
                raise WorkerLostError(
                    f"not done within the time limit of {seconds:g} s",
                    Status.TIMEOUT,
                )

    def _resident_bytes(self) -> int:
        import psutil

        total = 0
        with suppress(psutil.Error):
            worker = psutil.Process(self._process.pid)
            for process in (worker, *worker.children(recursive=True)):
                with suppress(psutil.Error):
                    total += process.memory_info().rss
        return total

    def _how_it_ended(self) -> str:
        code = self._process.wait()
        if code < 0:
            return f"the worker process was ended by {signal.Signals(-code).name}"
        return f"the worker process ended with exit code {code}"


def _environment(keras: int | None, temporary: Path) -> dict[str, str]:
    """The environment of a worker: quiet, and the same whatever the user's shell holds."""
    chosen = {} if keras is None else {LEGACY_KERAS: "1" if keras == 2 else "0"}
    return {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2"),
        # tensorflowjs imports TF-DF, which prints a welcome message that fails off a terminal.
        "TFDF_DISABLE_WELCOME_MESSAGE": "1",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(temporary),
        **chosen,
    }
