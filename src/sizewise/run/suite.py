"""Runs a suite: checks it, opens the run's folder, hands groups to the crew, keeps every row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sizewise.domain import Record, Status, Suite
from sizewise.measure import fingerprint
from sizewise.plan import Plan, make_plan
from sizewise.records import RunFolder
from sizewise.run.crew import Crew
from sizewise.run.listener import Listener, Silent
from sizewise.run.messages import RunGroup
from sizewise.run.rows import without_figures

DEFAULT_OUTPUT = Path("results", "runs")
"""Where runs are kept unless another folder is named."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """Where a run's rows are, how many of its jobs failed, and whether it was cut short."""

    folder: Path
    failed: int
    interrupted: bool


def run_suite(
    suite: Suite,
    *,
    select: str | None = None,
    output: Path | None = None,
    brotli_level: int = 5,
    listener: Listener | None = None,
) -> RunOutcome:
    """Run every selected job of a suite and write its records below ``output``.

    Rows are on disk as soon as their job ends, and Ctrl-C keeps them. Raises a SizewiseError,
    with nothing written, where a model, its data or the set-up is wrong.
    """
    listener = listener or Silent()
    plan = make_plan(suite, select)
    failures = 0
    state = "interrupted"
    with Crew(listener) as crew:
        listener.preparing("checking models and data")
        environment = crew.prepare([job for group in plan.groups for job in group.jobs])
        job_ids = [str(job.id) for job in plan.jobs]
        folder = RunFolder.create(
            output or DEFAULT_OUTPUT,
            suite.name,
            suite.text,
            environment=environment,
            fingerprint=fingerprint(environment),
            job_ids=job_ids,
        )
        listener.started(job_ids, folder.path)
        try:
            for record in _rows(plan, folder.path, brotli_level, fingerprint(environment), crew):
                folder.append(record)
                failures += record.status not in {Status.OK, Status.ILLEGAL}
                listener.finished(record)
            state = "complete"
        except KeyboardInterrupt:
            pass  # what is finished is kept; the outcome tells the caller
        finally:
            if failures:
                crew.keep_log(folder.path / "worker.log")
            folder.finish(state)
    return RunOutcome(folder.path, failures, interrupted=state != "complete")


def _rows(
    plan: Plan, folder: Path, brotli_level: int, environment: str, crew: Crew
) -> Iterator[Record]:
    for job in plan.jobs:
        if job.illegal:
            yield without_figures(job, Status.ILLEGAL, job.illegal, environment)
    for group in plan.groups:
        yield from crew.run(RunGroup(group, folder, brotli_level, environment))
