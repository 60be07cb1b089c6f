"""Every job of a suite, and the groups that share work."""

from __future__ import annotations

from dataclasses import dataclass

from sizewise.domain import Group, Job, Suite
from sizewise.plan.legality import legality
from sizewise.plan.selection import select_jobs


@dataclass(frozen=True, slots=True)
class Plan:
    """The jobs of a suite, ordered by model, target, transform and encoding as written."""

    suite_name: str
    jobs: tuple[Job, ...]

    @property
    def groups(self) -> tuple[Group, ...]:
        """The legal jobs by model and transform, in the order of their first jobs."""
        groups: dict[tuple[str, str], list[Job]] = {}
        for job in self.jobs:
            if job.illegal is None:
                groups.setdefault((job.id.model, job.id.transform), []).append(job)
        return tuple(
            Group(jobs[0].model, jobs[0].transform, tuple(jobs)) for jobs in groups.values()
        )


def make_plan(suite: Suite, select: str | None = None) -> Plan:
    """The plan of ``suite``, or of what ``select`` leaves of it: shell patterns over job ids,
    separated by commas.

    Raises SuiteError for a pattern that matches no job.
    """
    jobs = tuple(
        Job(model, transform, encoding, target, legality(model, transform, encoding, target))
        for model in suite.models
        for target, encodings in suite.encodings.items()
        for transform in suite.transforms
        for encoding in encodings
    )
    return Plan(suite.name, jobs if select is None else select_jobs(jobs, select))
