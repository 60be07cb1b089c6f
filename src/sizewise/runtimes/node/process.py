"""The Node process that runtimes share: started when needed, ended for certain."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from sizewise.errors import RuntimeCrashError
from sizewise.runtimes.node import install
from sizewise.runtimes.node.frames import Buffer
from sizewise.runtimes.node.worker import Worker

TIMEOUT_SECONDS = 120.0


class NodeProcess:
    """One worker at a time, and a new one after its death.

    ``installation`` gives the folder with TensorFlow.js; ``timeout_seconds`` is how long a
    request may take. Requests of several threads wait for each other.
    """

    def __init__(
        self,
        installation: Callable[[], Path] = install.installation,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.timeout_seconds = timeout_seconds
        self._installation = installation
        self._worker: Worker | None = None
        self._finalizer: weakref.finalize[[], NodeProcess] | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The process id of the worker, None while there is none."""
        return self._worker.pid if self._worker else None

    def start(self) -> None:
        """Start a worker, unless there is one that lives.

        Raises SetupError where that fails; it may have to install TensorFlow.js first.
        """
        with self._lock:
            if self._worker is not None and self._worker.alive:
                return
            self._end()
            node, _ = install.node_program()
            self._worker = Worker(node, self._installation())
            # Also at the interpreter's exit.
            self._finalizer = weakref.finalize(self, self._worker.end)

    def request(
        self, header: Mapping[str, Any], buffers: Iterable[Buffer] = (), *, patience: float = 1.0
    ) -> tuple[dict[str, Any], memoryview]:
        """Send a request to the worker and return the header and the payload of its answer.

        ``patience`` multiplies the time limit, for a request that is many in one. Raises
        RuntimeTimeoutError where the limit passes, RuntimeCrashError where the worker is not
        running, dies, or says something that is no answer; it is gone after either.
        """
        with self._lock:
            if self._worker is None:
                raise RuntimeCrashError("Node is not running")
            try:
                return self._worker.exchange(header, buffers, self.timeout_seconds * patience)
            except BaseException:
                self._end()
                raise

    def close(self) -> None:
        """End the worker, if there is one."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._finalizer is not None:
            self._finalizer()
        self._worker = self._finalizer = None


class NodePool:
    """The one Node process that the runtimes of this process share; it ends with the last."""

    def __init__(self, make: Callable[[], NodeProcess] = NodeProcess) -> None:
        self._make = make
        self._process: NodeProcess | None = None
        self._users = 0
        self._lock = threading.Lock()

    def join(self) -> NodeProcess:
        """The shared process, for one more user."""
        with self._lock:
            self._process = self._process or self._make()
            self._users += 1
            return self._process

    def leave(self) -> None:
        """One user less; the process ends with the last of them."""
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._process is not None:
                self._process.close()
                self._process = None
