"""The process that loads TensorFlow: carries out commands from the parent, one after another.

Started as ``python -m sizewise.run.worker``. Commands come in on stdin, events go out on what
was stdout; from then on file descriptors 1 and 2 both lead to the log, because converters and
interpreters write to them at will. When the parent is gone, so is this process.
"""

from __future__ import annotations

import logging
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

from sizewise.domain import Encoding, Group, ModelSpec, Target
from sizewise.errors import SizewiseError
from sizewise.measure import describe_environment
from sizewise.run.group import run_group
from sizewise.run.kept import Kept
from sizewise.run.messages import (
    Broken,
    Command,
    Done,
    Event,
    Prepare,
    Preparing,
    Refused,
    RunGroup,
    Working,
)
from sizewise.run.process import WARMING_UP
from sizewise.run.rooms import RealStages
from sizewise.run.rows import one_line
from sizewise.run.stages import Stages
from sizewise.run.subject import Subject, open_subject
from sizewise.run.warm import leave_to_stay
from sizewise.store import open_store

Send = Callable[[Event], None]


def main(stages: Stages) -> None:
    """Serve commands until the parent closes stdin."""
    events = Connection(os.dup(1), readable=False)
    commands = Connection(os.dup(0), writable=False)
    os.dup2(2, 1)
    inbox: queue.SimpleQueue[Command] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(commands, inbox), daemon=True).start()
    _announce_progress(events.send)
    serve(inbox.get, events.send, stages)


def _listen(commands: Connection, inbox: queue.SimpleQueue[Command]) -> None:
    """Queue commands; end the process at once when the parent is gone, even amid a job."""
    while True:
        try:
            inbox.put(commands.recv())
        except (EOFError, OSError):
            # Runtimes that this process started end by themselves when their pipe closes.
            os._exit(0)


def _announce_progress(send: Send) -> None:
    class Announce(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            send(Preparing(record.getMessage()))

    logger = logging.getLogger("sizewise")
    logger.setLevel(logging.INFO)
    logger.addHandler(Announce())
    logger.propagate = False


def serve(receive: Callable[[], Command], send: Send, stages: Stages) -> None:
    """Carry out commands for ever; each ends with ``Done``, ``Refused`` or ``Broken``."""
    workshop = _Workshop(stages)
    while True:
        command = receive()
        try:
            send(_carry_out(command, send, stages, workshop))
        except SizewiseError as error:
            send(Refused(error))
        except Exception as error:  # noqa: BLE001 - the parent reports it
            send(Broken(one_line(error), traceback.format_exc()))


def _carry_out(command: Command, send: Send, stages: Stages, workshop: _Workshop) -> Done:
    match command:
        case Prepare(models, targets):
            for spec in models:
                stages.check(spec)
            return Done(describe_environment(stages.versions(targets)))
        case RunGroup():
            send(Working(tuple(str(job.id) for job in command.group.jobs), WARMING_UP))
            workshop.warm_up(command.group)
            store = None if command.store is None else open_store(command.store)
            kept = Kept(store, command.keys, fresh=command.fresh)
            for event in run_group(command, stages, workshop.open_once, kept, _log):
                send(event)
            return Done()


def _log(error: BaseException) -> None:
    traceback.print_exception(error, file=sys.stderr)
    sys.stderr.flush()


class _Workshop:
    """What stays in the process from one group to the next: warmth, and the latest model."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._warm: set[tuple[Target, str]] = set()
        self._spec: ModelSpec | None = None
        self._subject: Subject | None = None

    def warm_up(self, group: Group) -> None:
        """Make what no group before this one has written, once, off the clock."""
        cold: dict[Target, list[Encoding]] = {}
        for job in group.jobs:
            if (job.target, job.encoding.name) not in self._warm:
                cold.setdefault(job.target, []).append(job.encoding)
                self._warm.add((job.target, job.encoding.name))
        if cold:
            self._stages.warm_up(cold)
        if self._subject is None:
            leave_to_stay()

    def open_once(self, spec: ModelSpec, kept: Kept) -> Subject:
        """Open a model, or give the latest again: groups of one model follow each other."""
        if self._subject is None or self._spec != spec:
            self._subject = None  # frees the previous model first
            self._subject = open_subject(spec, self._stages, kept)
            self._spec = spec
        return self._subject


if __name__ == "__main__":
    main(RealStages())
