"""What a run shows while it is at work: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.text import Text

from sizewise.domain import Record, Status
from sizewise.reports.text import one_line, record_line

if TYPE_CHECKING:
    from sizewise.run import Listener


@contextmanager
def progress(stream: TextIO | None = None) -> Iterator[Listener]:
    """A listener for a run; by default on stderr, so that stdout holds the table alone."""
    stream = stream or sys.stderr
    console = Console(file=stream, highlight=False)
    if not console.is_terminal:
        yield Lines(stream)
        return
    columns = (
        SpinnerColumn(),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        Elapsed(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield Bar(bar)


class Lines:
    """A line for each job that has got its row."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._total = 0
        self._count = 0

    def preparing(self, message: str) -> None:
        """Say it."""
        self._say(one_line(message))

    def started(self, job_ids: Sequence[str], folder: Path) -> None:
        """Say how much there is to do, and where it goes."""
        self._total = len(job_ids)
        self._say(f"{self._total} jobs, into {folder}")

    def working(self, job_id: str, stage: str) -> None:
        """Say nothing: a log wants results."""

    def finished(self, record: Record) -> None:
        """Say what came of the job."""
        self._count += 1
        self._say(f"[{self._count:>{len(str(self._total))}}/{self._total}] {record_line(record)}")

    def _say(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


class Bar:
    """The job at work beside a bar; failures stay above it."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("preparing", total=None)

    def preparing(self, message: str) -> None:
        """Show it beside a bar without an end."""
        self._bar.update(self._task, description=one_line(message))

    def started(self, job_ids: Sequence[str], folder: Path) -> None:
        """Give the bar its length."""
        self._bar.update(self._task, total=len(job_ids), description=f"into {folder}")

    def working(self, job_id: str, stage: str) -> None:
        """Show the job at work and its stage."""
        self._bar.update(self._task, description=one_line(f"{job_id}: {stage}"))

    def finished(self, record: Record) -> None:
        """Advance; keep a failure in sight."""
        if record.status is not Status.OK:
            self._bar.console.print(Text(f"! {record_line(record)}", style="red"))
        self._bar.advance(self._task)
