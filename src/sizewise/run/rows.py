"""Rows for jobs: one to begin with, and ones that say why there are no figures."""

from __future__ import annotations

from dataclasses import replace

from sizewise.domain import Job, ModelSpec, Record, Status
from sizewise.errors import SizewiseError


def blank(job: Job, environment: str) -> Record:
    """A job's row before anything was measured."""
    return Record(
        job_id=str(job.id),
        model=job.model.name,
        transform=job.transform.name,
        encoding=job.encoding.name,
        target=str(job.target),
        status=Status.OK,
        metric=job.model.metric,
        environment=environment,
    )


def without_figures(job: Job, status: Status, reason: str, environment: str) -> Record:
    """The row of a job that could not run."""
    return replace(blank(job, environment), status=status, reason=reason)


def failed(record: Record, error: Exception) -> Record:
    """A row that keeps what was measured before ``error`` ended its job."""
    if isinstance(error, SizewiseError):
        return replace(record, status=Status(error.status), reason=str(error))
    return replace(record, status=Status.FAILED, reason=one_line(error))


def with_limit(record: Record, spec: ModelSpec) -> Record:
    """The row with the loss that the suite allows, in the metric's own unit."""
    limit, reference = spec.max_drop, record.metric_reference
    return replace(
        record,
        max_drop=None if limit is None or reference is None else limit.absolute(reference),
    )


def one_line(error: Exception) -> str:
    """``ValueError: the first line that says something``."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
