"""Where things lie below a run's folder."""

from __future__ import annotations

from pathlib import Path

from sizewise.domain import Job


def artifact_path(job: Job) -> Path:
    """The folder of a job's artifact."""
    return Path(
        "artifacts", job.model.name, job.transform.name, f"{job.encoding.name}@{job.target}"
    )
