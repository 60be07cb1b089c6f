"""What a run tells whoever watches it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from sizewise.domain import Record


class Listener(Protocol):
    """Hears of a run's progress, in this order; every method returns at once."""

    def preparing(self, message: str) -> None:
        """Something that is done once is under way: an installation, a training, checks."""

    def started(self, job_ids: Sequence[str], folder: Path) -> None:
        """The run folder exists and the jobs are about to run."""

    def working(self, job_id: str, stage: str) -> None:
        """A job, or the first of those that share the work, has reached a stage."""

    def finished(self, record: Record) -> None:
        """A job has got its row, which is on disk."""


class Silent:
    """A listener that does not care."""

    def preparing(self, message: str) -> None:
        """Ignore it."""

    def started(self, job_ids: Sequence[str], folder: Path) -> None:
        """Ignore it."""

    def working(self, job_id: str, stage: str) -> None:
        """Ignore it."""

    def finished(self, record: Record) -> None:
        """Ignore it."""
