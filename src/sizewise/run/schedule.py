"""Work handed to whoever does it, and what comes of it as it comes, in whichever order."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any, TypeAlias

from sizewise.run.listener import Listener
from sizewise.run.messages import Finished, Preparing, RunGroup, Working

Submit: TypeAlias = Callable[[RunGroup], "Future[tuple[Finished, ...]]"]
"""Starts a group; the future gives its rows, all of which may have been posted before."""


class Board:
    """Where threads post what happens, for the one thread that keeps the records."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._posted: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def post(self, event: Preparing | Working | Finished) -> None:
        """Take note of an event; returns at once."""
        self._posted.put(event)

    def follow(self, futures: Iterable[Future[Any]]) -> Iterator[Finished | Future[Any]]:
        """Tell the listener of progress; give rows as they are posted, and each future that is
        done.
        """
        pending = 0
        for future in futures:
            pending += 1
            future.add_done_callback(self._posted.put)
        while pending:
            match self._posted.get():
                case Preparing(message):
                    self._listener.preparing(message)
                case Working(job_ids, stage):
                    self._listener.working(job_ids[0], stage)
                case Finished() as row:
                    yield row
                case Future() as done:
                    pending -= 1
                    yield done

    def carry_out(self, commands: Sequence[RunGroup], submit: Submit) -> Iterator[Finished]:
        """Run all groups and give each job's row once, as soon as it is there.

        Raises what ended a group that gave no rows.
        """
        seen: set[str] = set()
        for event in self.follow([submit(command) for command in commands]):
            rows = [event] if isinstance(event, Finished) else event.result()
            for row in rows:
                if row.record.job_id not in seen:
                    seen.add(row.record.job_id)
                    yield row
