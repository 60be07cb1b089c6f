"""Which jobs a budget is for."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from fnmatch import translate

_WILDCARDS = frozenset("*?[")


class JobNames:
    """Job ids, to be found by shell patterns.

    ``*`` crosses slashes, and ``**`` says the same. A job without a transform also goes by the
    id that spells it out: ``kws/*/uint8@tfjs`` finds ``kws/uint8@tfjs`` as ``kws/none/uint8@tfjs``.
    """

    def __init__(self, job_ids: Iterable[str]) -> None:
        self._job_ids = tuple(dict.fromkeys(job_ids))
        self._by_name = {
            name: job_id for job_id in self._job_ids for name in (job_id, spelt_out(job_id))
        }

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The ids that match, in order."""
        if not _WILDCARDS & set(pattern):
            return (self._by_name[pattern],) if pattern in self._by_name else ()
        match = re.compile(translate(pattern)).match
        found = {job_id for name, job_id in self._by_name.items() if match(name)}
        return tuple(job_id for job_id in self._job_ids if job_id in found)

    def nearest(self, pattern: str) -> str | None:
        """The name most like ``pattern``; None if there are no jobs."""
        return next(iter(difflib.get_close_matches(pattern, self._by_name, n=1, cutoff=0)), None)


def spelt_out(job_id: str) -> str:
    """The id with its transform: ``kws/none/uint8@tfjs`` for ``kws/uint8@tfjs``."""
    parts = job_id.split("/")
    return f"{parts[0]}/none/{parts[1]}" if len(parts) == 2 else job_id
