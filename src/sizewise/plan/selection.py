"""Which of the jobs are wanted."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from fnmatch import fnmatchcase

from sizewise.domain import Job
from sizewise.errors import SuiteError


def select_jobs(jobs: Sequence[Job], select: str) -> tuple[Job, ...]:
    """The jobs whose ids match one of the comma-separated shell patterns in ``select``.

    ``*`` crosses slashes. A job without a transform also goes by the id that spells it out,
    such as ``kws/none/uint8@tfjs``. Raises SuiteError for a pattern that matches no job.
    """
    patterns = [pattern.strip() for pattern in select.split(",")]
    for pattern in patterns:
        if not any(_matches(job, pattern) for job in jobs):
            raise SuiteError(f"{pattern!r} selects no job", advice=_nearest(jobs, pattern))
    return tuple(job for job in jobs if any(_matches(job, pattern) for pattern in patterns))


def _matches(job: Job, pattern: str) -> bool:
    return any(fnmatchcase(name, pattern) for name in _names(job))


def _names(job: Job) -> tuple[str, str]:
    identity = job.id
    spelt_out = f"{identity.model}/{identity.transform}/{identity.encoding}@{identity.target}"
    return str(identity), spelt_out


def _nearest(jobs: Sequence[Job], pattern: str) -> str | None:
    nearest = difflib.get_close_matches(pattern, [str(job.id) for job in jobs], n=1, cutoff=0)
    return f"the nearest is {nearest[0]!r}" if nearest else None
