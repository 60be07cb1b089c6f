"""A group run on another machine, inside the worker of a cluster.

It runs in a process of its own, with the same limits and the same second chances as at home: a
task of Dask can neither be cancelled nor may it take its worker with it. Artifacts travel through
the store.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

from sizewise.domain import Job, Record
from sizewise.errors import SetupError, StoreError
from sizewise.records import from_row, to_row
from sizewise.run.kept import Kept, Keys
from sizewise.run.keras import keras_of
from sizewise.run.messages import Finished, Prepare, Preparing, RunGroup, Working
from sizewise.run.process import COMMAND, Limits, WorkerProcess
from sizewise.run.slot import Slot
from sizewise.run.toolchain import toolchain
from sizewise.scratch import scratch_folder
from sizewise.store import Store, key_of, open_store

Event: TypeAlias = Preparing | Working | Finished

Tell: TypeAlias = Callable[[dict[str, Any]], None]
"""Sends plain values, as JSON has them, to whoever started the run."""

LOOK_SECONDS = 0.5
"""How often it is asked whether the group is still wanted."""


@dataclass(frozen=True, slots=True)
class Order:
    """A group for another machine, and the toolchain that its keys were made for."""

    command: RunGroup
    limits: Limits
    toolchain: Mapping[str, Any]


def carry_out(order: Order, tell: Tell, is_wanted: Callable[[], bool]) -> tuple[Finished, ...]:
    """Run the group; jobs that are in the store already, from a worker that was lost, are not
    run again.

    Where the group is no longer wanted, because the run was cut short, it ends soon, with
    DismissedError; jobs that were finished are in the store. Raises SetupError where this
    machine's toolchain is another one, StoreError where the store cannot be written, and what
    ``Slot.prepare`` raises.
    """
    _require_same(order.toolchain)
    command = order.command
    assert command.store is not None, "a cluster has a store"
    store = open_store(command.store)
    found = {job: _of_store(command, job, store) for job in command.group.jobs}
    rows = [row for row in found.values() if row is not None]
    left = tuple(job for job, row in found.items() if row is None)
    with scratch_folder() as folder:
        start = partial(WorkerProcess, command=COMMAND, limits=order.limits)
        slot = Slot(folder / "worker.log", start, lambda event: tell(as_plain(event)))
        try:
            with _while_wanted(slot, is_wanted):
                for finished in _run(replace(command, folder=folder), left, slot) if left else ():
                    row = _delivered(finished, replace(command, folder=folder))
                    tell(as_plain(row))
                    rows.append(row)
        finally:
            slot.close()
    return tuple(rows)


@contextmanager
def _while_wanted(slot: Slot, is_wanted: Callable[[], bool]) -> Iterator[None]:
    """Stop ``slot`` as soon as its work is not wanted any more."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            if not is_wanted():
                slot.stop()
                return

    thread = threading.Thread(target=look, name="sizewise-look", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _run(command: RunGroup, jobs: tuple[Job, ...], slot: Slot) -> Iterator[Finished]:
    targets = tuple(dict.fromkeys(job.target for job in jobs))
    environment = slot.prepare(Prepare((), targets), keras_of(command.group))
    group = replace(command.group, jobs=jobs)
    yield from slot.run(replace(command, group=group, environment=environment))


def _delivered(finished: Finished, command: RunGroup) -> Finished:
    """The row, with its artifact in the store even where it would not be the same again."""
    record = finished.record
    if finished.kept_as is not None or record.artifact_path is None:
        return finished
    once = key_of("once", [record.job_id, record.measured_at, record.artifact_sha256])
    store = open_store(command.store)
    kept = Kept(store, Keys(jobs={record.job_id: once}))
    if kept.job(record, {}, command.folder) is None:
        raise StoreError("an artifact cannot be kept", where=store.location)
    return replace(finished, kept_as=once)


def _of_store(command: RunGroup, job: Job, store: Store) -> Finished | None:
    """The row of a job that a worker which was lost had finished."""
    key = command.keys.jobs.get(str(job.id))
    value = None if key is None or command.fresh else store.value(key)
    return None if value is None else Finished(from_row(value["row"]), key)


def _require_same(there: Mapping[str, Any]) -> None:
    here = toolchain()
    if here == there:
        return
    libraries = here["libraries"]
    differing = [
        f"{name} {libraries.get(name)} instead of {version}"
        for name, version in there["libraries"].items()
        if libraries.get(name) != version
    ]
    told = [name for name in ("python", "machine", "code", "switches") if here[name] != there[name]]
    raise SetupError(
        "a machine of the cluster would not give the same results: it differs in "
        + ", ".join(differing or told),
        advice="install the same version of sizewise and of its lock everywhere",
    )


def as_plain(event: Event) -> dict[str, Any]:
    """An event as plain values."""
    match event:
        case Preparing(message):
            return {"preparing": message}
        case Working(job_ids, stage):
            return {"working": list(job_ids), "stage": stage}
        case Finished(record, kept_as):
            return {"row": to_row(record), "kept_as": kept_as}


def as_event(plain: Mapping[str, Any]) -> Event:
    """The inverse of ``as_plain``. Raises KeyError or ValueError for what is no event."""
    if "preparing" in plain:
        return Preparing(str(plain["preparing"]))
    if "working" in plain:
        return Working(tuple(plain["working"]), str(plain["stage"]))
    record: Record = from_row(plain["row"])
    return Finished(record, plain["kept_as"])
