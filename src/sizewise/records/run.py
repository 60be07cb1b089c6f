"""A run as it is read back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sizewise.domain import Record

if TYPE_CHECKING:
    import pandas as pd


class RunState(StrEnum):
    """How far a run got. One that was killed stays ``running``."""

    RUNNING = "running"
    COMPLETE = "complete"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Run:
    """One execution of a suite: its rows, the jobs it was to do, and what it was done on.

    ``records`` are in the suite's order. ``environment`` is spelt out; ``fingerprint``, which
    every record carries as ``environment``, is its digest. ``sizewise`` is the version that
    wrote the run.
    """

    path: Path
    suite: str
    run_id: str
    state: RunState
    sizewise: str
    started: datetime
    finished: datetime | None
    job_ids: tuple[str, ...]
    environment: Mapping[str, object]
    fingerprint: str
    records: tuple[Record, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Ids of the jobs that have no row."""
        done = {record.job_id for record in self.records}
        return tuple(job_id for job_id in self.job_ids if job_id not in done)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows as a pandas DataFrame, a column for each field of ``Record``.

        Numbers have pandas' nullable types ``Int64`` and ``Float64``, text is ``string``, and
        "not measured" is ``pd.NA``; ``notes``, ``files`` and ``latencies_seconds`` hold lists.
        """
        from sizewise.records.export import frame

        return frame(self.records)
