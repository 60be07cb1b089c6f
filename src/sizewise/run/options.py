"""How a run is carried out, beside what its suite says."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum

from sizewise.errors import RequestError

DEFAULT_TIME_LIMIT_SECONDS = 3600.0
"""How long a job, or a step that several jobs share, may take before it is taken for hung."""


class TimingMode(StrEnum):
    """Whether anything else of the run is at work while a job's times are measured."""

    SERIAL = "serial"
    """Nothing: durations are those of a machine that does nothing besides."""
    PARALLEL = "parallel"
    """Other jobs: durations are longer than they need be, and the run is over sooner."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of a run.

    ``store`` is a path or an fsspec URL, None for the user's own; with ``fresh``, nothing is taken
    from it. ``workers`` is the number of worker processes, None for as many as ``timing`` allows.
    ``timing`` None is serial, unless several workers are asked for. ``cluster`` is the address of
    a Dask scheduler, which then takes the place of worker processes here. Raises RequestError
    where they contradict each other.
    """

    store: str | None = None
    fresh: bool = False
    workers: int | None = None
    timing: TimingMode | None = None
    time_limit_seconds: float = DEFAULT_TIME_LIMIT_SECONDS
    memory_limit_bytes: int | None = None
    cluster: str | None = None

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise RequestError(f"{self.workers} workers do no work", advice="give 1 or more")
        if self.time_limit_seconds <= 0:
            raise RequestError(
                f"a time limit of {self.time_limit_seconds:g} s leaves no time",
                advice="give seconds, more than 0",
            )
        several = (self.workers or 1) > 1 or self.cluster is not None
        if several and self.timing is TimingMode.SERIAL:
            raise RequestError(
                "times are not measured one after another by several workers at once",
                advice="leave --timing serial out, or --workers and --cluster",
            )
        if self.cluster is not None and self.store is None:
            raise RequestError(
                "the machines of a cluster need a store that all of them reach",
                advice="name it: --store s3://bucket/folder, or a folder that all have mounted",
            )
        if self.cluster is not None and self.workers is not None:
            raise RequestError(
                "a cluster has its own workers", advice="leave --workers or --cluster out"
            )

    @property
    def mode(self) -> TimingMode:
        """How times are measured."""
        several = (self.workers or 1) > 1 or self.cluster is not None
        return self.timing or (TimingMode.PARALLEL if several else TimingMode.SERIAL)

    @property
    def crew_size(self) -> int:
        """How many worker processes there are on this machine."""
        if self.mode is TimingMode.SERIAL:
            return 1
        return self.workers or usable_cores()


def usable_cores() -> int:
    """Cores that this process may run on, which a container or ``taskset`` may limit."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
