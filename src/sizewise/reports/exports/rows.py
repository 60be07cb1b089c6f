"""What all exports need of a run: the rows with figures, each under one name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sizewise.domain import Record, Status
from sizewise.records import Run


def working_rows(run: Run) -> Iterator[tuple[str, Record]]:
    """The rows that have figures, named by job id, and by runtime where a job has several."""
    counts = Counter(record.job_id for record in run.records)
    for record in run.records:
        if record.status is Status.OK:
            several = counts[record.job_id] > 1
            yield record.job_id + (f" ({record.runtime})" if several else ""), record
