"""A worker process as its parent sees it: started, talked to, and ended if need be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from sizewise.run.messages import Broken, Command, Done, Event, Refused

COMMAND = (sys.executable, "-m", "sizewise.run.worker")
"""What starts a worker."""

SILENCE_LIMIT_SECONDS = 900.0
"""How long a worker may work on one stage without a word before it is taken for hung."""


class WorkerLostError(Exception):
    """The worker died. The message says how."""


class WorkerSilentError(Exception):
    """The worker did not report in time, and was ended."""


class WorkerProcess:
    """One worker process; starts at once, is ended by ``close`` or the end of the ``with`` block.

    Its own output, and that of all native code in it, is appended to ``log``.
    """

    def __init__(
        self,
        log: Path,
        command: Sequence[str] = COMMAND,
        silence_limit_seconds: float = SILENCE_LIMIT_SECONDS,
    ) -> None:
        self._limit = silence_limit_seconds
        with log.open("ab") as sink:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=sink,
                env=_environment(),
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

        Raises WorkerLostError or WorkerSilentError; the worker is of no use after either.
        """
        try:
            self._commands.send(command)
            while True:
                if not self._events.poll(self._limit):
                    self.close()
                    raise WorkerSilentError(f"no word for {self._limit:g} s")
                event: Event = self._events.recv()
                yield event
                if isinstance(event, Done | Refused | Broken):
                    return
        except (EOFError, OSError) as error:
            raise WorkerLostError(self._how_it_ended()) from error

    def close(self) -> None:
        """End the process and all that it started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._commands.close()
        self._events.close()

    def _how_it_ended(self) -> str:
        code = self._process.wait()
        if code < 0:
            return f"the worker process was ended by {signal.Signals(-code).name}"
        return f"the worker process ended with exit code {code}"


def _environment() -> dict[str, str]:
    """The environment of a worker: quiet, and the same whatever the user's shell holds."""
    return {
        **os.environ,
        "TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2"),
        # tensorflowjs imports TF-DF, which prints a welcome message that fails off a terminal.
        "TFDF_DISABLE_WELCOME_MESSAGE": "1",
        "PYTHONUNBUFFERED": "1",
    }
