"""A Dask cluster in the place of worker processes on this machine."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Self

from sizewise.domain import Status
from sizewise.errors import SetupError, SizewiseError
from sizewise.measure import fingerprint
from sizewise.run.messages import Finished, Preparing, RunGroup, Working
from sizewise.run.process import Limits
from sizewise.run.remote import Order, as_event, carry_out
from sizewise.run.rows import without_figures
from sizewise.run.toolchain import toolchain

CONNECT_SECONDS = 10

Post = Callable[[Preparing | Working | Finished], None]


class Cluster:
    """Hands groups to the workers of a scheduler; a context manager that lets go of it.

    Groups that are left then are not begun, and those that run are ended. A worker that is lost
    costs the group that it was running, which another one takes over. Raises SetupError where
    Dask is not installed and where no scheduler answers.
    """

    def __init__(self, address: str, limits: Limits, post: Post) -> None:
        try:
            import distributed
        except ImportError as error:
            raise SetupError(
                "--cluster needs Dask, which is not installed",
                advice="pip install 'sizewise[cluster]'",
            ) from error
        dask: Any = distributed
        self._limits = limits
        self._post = post
        self._topic = f"sizewise-{secrets.token_hex(8)}"
        try:
            self._client = dask.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise SetupError(
                f"no Dask scheduler answers at {address}",
                advice="start one with `dask scheduler`, and workers with `dask worker ADDRESS`",
            ) from error
        self._client.subscribe_topic(self._topic, self._hear)
        self._executor = self._client.get_executor(pure=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=False)
        self._client.close()

    def submit(self, command: RunGroup) -> Future[tuple[Finished, ...]]:
        """Run a group somewhere. The future gives its rows, whose artifacts are in the store."""
        order = Order(command, self._limits, toolchain())
        answer: Future[tuple[Finished, ...]] = Future()
        task = self._executor.submit(_run_task, order, self._topic)
        task.add_done_callback(lambda done: _settle(answer, done, command))
        return answer

    def _hear(self, event: tuple[float, Any]) -> None:
        self._post(as_event(event[1]))


def _run_task(order: Order, topic: str) -> tuple[Finished, ...]:
    """What a worker of the cluster executes."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def is_wanted() -> bool:
        # Dask cannot end a task that runs. Where its client has cancelled it or is gone, even
        # by kill -9, the worker knows that and marks it.
        task = worker.state.tasks.get(key)
        return task is not None and task.state != "cancelled"

    return carry_out(order, lambda plain: worker.log_event(topic, plain), is_wanted)


def _settle(answer: Future[tuple[Finished, ...]], done: Future[Any], command: RunGroup) -> None:
    from distributed import KilledWorker

    if done.cancelled():
        answer.set_exception(_lost())
        return
    error = done.exception()
    if error is None:
        answer.set_result(done.result())
    elif isinstance(error, KilledWorker):
        answer.set_result(_crashed(command))
    elif isinstance(error, SizewiseError):
        answer.set_exception(error)
    else:
        lost = _lost()
        lost.__cause__ = error
        answer.set_exception(lost)


def _lost() -> SetupError:
    return SetupError(
        "the cluster was lost", advice="see what its scheduler says; the same command goes on"
    )


def _crashed(command: RunGroup) -> tuple[Finished, ...]:
    where = fingerprint(command.environment)
    reason = "several workers of the cluster died while they ran this group"
    return tuple(
        Finished(without_figures(job, Status.CRASHED, reason, where)) for job in command.group.jobs
    )
