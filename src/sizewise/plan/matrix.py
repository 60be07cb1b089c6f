"""Every job of a suite, and the groups that share work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sizewise.domain import AS_IS, Encoding, Group, Job, ModelSpec, Suite, Target, Transform
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

    A ``.tflite`` source is not converted: whatever the suite lists, its one job is ``as_is``.
    Raises SuiteError for a pattern that matches no job.
    """
    jobs = tuple(job for model in suite.models for job in _jobs(model, suite))
    return Plan(suite.name, jobs if select is None else select_jobs(jobs, select))


def _jobs(model: ModelSpec, suite: Suite) -> Iterator[Job]:
    if model.source.is_tflite:
        yield Job(model, Transform(), Encoding(AS_IS), Target.TFLITE)
        return
    for target, encodings in suite.encodings.items():
        for transform in suite.transforms:
            for encoding in encodings:
                illegal = legality(model, transform, encoding, target)
                yield Job(model, transform, encoding, target, illegal)
