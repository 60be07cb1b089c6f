"""The worker processes of a run on this machine, behind an executor of concurrent.futures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Self, TypeAlias

from sizewise.domain import ModelSpec, Target
from sizewise.errors import RecordsError
from sizewise.run.keras import keras_of
from sizewise.run.messages import Finished, Prepare, Preparing, RunGroup, Working
from sizewise.run.slot import Slot, Start
from sizewise.scratch import Scratch

LOG = "worker.log"

Post: TypeAlias = Callable[[Preparing | Working | Finished], None]
"""Hears of everything that happens, from several threads at once."""


class Crew:
    """Carries out commands in up to ``size`` worker processes; a context manager that ends them.

    A thread of the executor looks after each process. Processes are started when there is work.
    """

    def __init__(self, size: int, start: Start, post: Post) -> None:
        self._scratch = Scratch()
        self._post = post
        self._slots = [
            Slot(self._scratch.path / f"worker-{number}.log", start, post) for number in range(size)
        ]
        self._idle = list(self._slots)
        self._lock = threading.Lock()
        self._executor = ThreadPoolExecutor(size, thread_name_prefix="sizewise-crew")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for slot in self._slots:
            slot.stop()
        self._executor.shutdown(wait=True, cancel_futures=True)
        for slot in self._slots:
            slot.close()
        self._scratch.close()

    def check(self, spec: ModelSpec) -> Future[Mapping[str, str | int]]:
        """Check a model and its data. The future raises the SizewiseError of what is wrong."""
        return self._executor.submit(self._prepare, Prepare((spec,), ()), spec.keras, spec)

    def describe(self, targets: Sequence[Target]) -> Future[Mapping[str, str | int]]:
        """Bring the runtimes of ``targets`` up and describe the environment."""
        return self._executor.submit(self._prepare, Prepare((), tuple(targets)), None, None)

    def submit(self, command: RunGroup) -> Future[tuple[Finished, ...]]:
        """Run a group. Rows are posted as they come, and are what the future gives as well."""
        return self._executor.submit(self._run, command)

    def keep_log(self, folder: Path) -> None:
        """Copy what the workers and the native code in them have said to ``worker.log``.

        Raises RecordsError where that cannot be written.
        """
        logs = [log for log in sorted(self._scratch.path.glob("*.log")) if log.stat().st_size]
        path = folder / LOG
        try:
            with path.open("wb") as sink:
                for log in logs:
                    sink.write(log.read_bytes())
        except OSError as error:
            raise RecordsError(f"cannot write: {error.strerror or error}", where=path) from error

    def _prepare(
        self, command: Prepare, keras: int | None, model: ModelSpec | None
    ) -> Mapping[str, str | int]:
        with self._slot(keras, model) as slot:
            return slot.prepare(command, keras)

    def _run(self, command: RunGroup) -> tuple[Finished, ...]:
        finished = []
        with self._slot(keras_of(command.group), command.group.model) as slot:
            for event in slot.run(command):
                finished.append(event)
                self._post(event)
        return tuple(finished)

    @contextmanager
    def _slot(self, keras: int | None, model: ModelSpec | None) -> Iterator[Slot]:
        """The idle slot that has least to do anew: there are as many as there are threads."""
        with self._lock:
            slot = max(self._idle, key=lambda each: _fitness(each, keras, model))
            self._idle.remove(slot)
        try:
            yield slot
        finally:
            with self._lock:
                self._idle.append(slot)


def _fitness(slot: Slot, keras: int | None, model: ModelSpec | None) -> tuple[bool, bool, bool]:
    """Whether its worker can be used, has the model open, and would not be wasted on it."""
    fits = slot.is_filled and keras in (None, slot.keras)
    return fits, fits and model is not None and slot.model == model, not slot.is_filled
