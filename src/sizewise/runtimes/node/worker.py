"""One Node process that runs ``worker.mjs``, from its start to its end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from sizewise.errors import RuntimeCrashError, RuntimeTimeoutError, SetupError, SizewiseError
from sizewise.runtimes.node.frames import Buffer, FrameError, read_frame, write_frame

if TYPE_CHECKING:
    from io import FileIO

SCRIPT = Path(__file__).resolve().parent / "worker.mjs"
_STDERR_LINES = 20
_GRACE_SECONDS = 2.0
_WATCH_SECONDS = 0.1


class Worker:
    """A running worker. It holds whatever was loaded into it until it ends.

    ``node`` is the program, ``installation`` the folder with TensorFlow.js.
    """

    def __init__(self, node: str, installation: Path) -> None:
        # NODE_OPTIONS of a user could change what is measured, or print to stdout.
        environment = {name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"}
        self._installation = installation
        self._owner = os.getpid()
        self._process = subprocess.Popen(
            [node, str(SCRIPT), str(installation)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=environment,
        )
        self._stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._deadline: float | None = None
        self._expired = False
        self._ended = threading.Event()
        self._drain = threading.Thread(
            target=_drain, args=[self._process.stderr, self._stderr], daemon=True
        )
        self._drain.start()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def exchange(
        self, header: Mapping[str, Any], buffers: Iterable[Buffer], limit_seconds: float
    ) -> tuple[dict[str, Any], memoryview]:
        """Send a frame and return the one that answers it.

        Raises RuntimeTimeoutError, RuntimeCrashError or SetupError where none comes. After any
        exception the worker has to be ended: an answer may be on its way that nobody waits for.
        """
        self._deadline = time.monotonic() + limit_seconds
        try:
            # Pipes without buffers are raw files.
            write_frame(cast("FileIO", self._process.stdin), header, buffers)
            return read_frame(cast("FileIO", self._process.stdout))
        except (OSError, EOFError, FrameError) as error:
            self.end()
            raise self._reason(error, limit_seconds) from error
        finally:
            self._deadline = None

    def end(self) -> None:
        """End the process: it goes by itself when its stdin ends, unless it hangs."""
        self._ended.set()
        if os.getpid() != self._owner:  # this is a fork, the process is the parent's
            return
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                cast("FileIO", stream).close()
        try:
            self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _watch(self) -> None:
        """Kill the process at the deadline: whoever waits on its pipes then wakes up.

        One thread for all requests: to start one for each would cost more than most requests.
        """
        while not self._ended.wait(_WATCH_SECONDS):
            deadline = self._deadline
            if deadline is not None and time.monotonic() > deadline:
                self._expired = True
                self._process.kill()
                return

    def _reason(self, error: Exception, limit_seconds: float) -> SizewiseError:
        if self._expired:
            return RuntimeTimeoutError(
                f"TensorFlow.js did not answer within {limit_seconds:g} s and was ended"
            )
        self._drain.join(_GRACE_SECONDS)
        said = [line for line in self._stderr if line]
        if any("MODULE_NOT_FOUND" in line for line in said):
            return SetupError(
                "the installation of TensorFlow.js is damaged",
                where=self._installation,
                advice="delete that folder: it is made anew when it is needed",
            )
        code = self._process.returncode
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        reason = str(error) if isinstance(error, FrameError) else f"Node died ({how})"
        return RuntimeCrashError(f"{reason}: {' / '.join(said[-3:])}" if said else reason)


def _drain(stderr: IO[bytes], lines: deque[str]) -> None:
    """Keep the last lines; a full pipe would block the worker."""
    with stderr:
        for line in stderr:
            lines.append(line.decode(errors="replace").rstrip())
