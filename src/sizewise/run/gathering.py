"""A run's rows, from wherever they come: the plan, the store, or those who do the work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from sizewise.domain import Record, Status
from sizewise.measure import describe_environment, fingerprint
from sizewise.plan import Plan
from sizewise.run.crew import Crew
from sizewise.run.keras import keras_of
from sizewise.run.keys import keys_of_group
from sizewise.run.messages import Finished, RunGroup
from sizewise.run.options import RunOptions
from sizewise.run.reuse import Environment, Reuse, Taken
from sizewise.run.rows import without_figures
from sizewise.run.schedule import Board, Submit


def set_up(plan: Plan, crew: Crew, board: Board, reuse: Reuse) -> Environment:
    """Check all models and data, and describe the environment: from the store, if it knows.

    Raises the SizewiseError of whatever cannot be used.
    """
    jobs = [job for group in plan.groups for job in group.jobs]
    targets = tuple(dict.fromkeys(job.target for job in jobs))
    base = describe_environment()
    environment = reuse.environment(base, targets)
    checks = {
        crew.check(spec): spec
        for spec in dict.fromkeys(job.model for job in jobs)
        if not reuse.is_checked(spec)
    }
    describing = [] if environment is not None else [crew.describe(targets)]
    for done in board.follow([*checks, *describing]):
        assert not isinstance(done, Finished), "no job runs yet"
        described = done.result()
        if done in checks:
            reuse.keep_check(checks[done])
        else:
            environment = described
            reuse.keep_environment(base, targets, described)
    assert environment is not None, "it was kept, or has been described"
    return environment


@dataclass
class Gathering:
    """Gives a row for each job of a plan.

    ``reused`` counts those that were taken from the store, ``environments`` are those that their
    figures were measured in, by fingerprint.
    """

    plan: Plan
    environment: Environment
    reuse: Reuse
    options: RunOptions
    brotli_level: int
    reused: int = 0
    environments: dict[str, Environment] = field(default_factory=dict)
    commands: list[RunGroup] = field(default_factory=list)

    def kept(self, folder: Path) -> Iterator[Record]:
        """The rows that need no work: of jobs that cannot be made, and those that are kept.

        Artifacts are put below ``folder``. Raises RecordsError where that cannot be written.
        """
        here = fingerprint(self.environment)
        for job in self.plan.jobs:
            if job.illegal:
                yield without_figures(job, Status.ILLEGAL, job.illegal, here)
        for group in self.plan.groups:
            command = self._command(RunGroup(group, folder, self.brotli_level, self.environment))
            left = []
            for job in group.jobs:
                taken = self.reuse.job(command.keys.jobs.get(str(job.id)), job, folder)
                if taken is None:
                    left.append(job)
                else:
                    yield self._taken(taken)
            if left:
                self.commands.append(replace(command, group=replace(group, jobs=tuple(left))))

    def made(self, submit: Submit, board: Board, folder: Path) -> Iterator[Record]:
        """The rows of the ``commands`` that are left after ``kept``, as they come.

        Raises StoreError and RecordsError where what another machine has made does not get here.
        """
        # A worker has to be started anew for another Keras.
        by_keras = sorted(self.commands, key=lambda command: keras_of(command.group) or 0)
        jobs = {str(job.id): job for command in by_keras for job in command.group.jobs}
        for row in board.carry_out(by_keras, submit):
            if self.options.cluster is None or row.kept_as is None:
                yield row.record
                continue
            taken = self.reuse.collect(row.kept_as, jobs[row.record.job_id], folder)
            self._remember(taken)
            yield taken.record

    def _command(self, command: RunGroup) -> RunGroup:
        return replace(
            command,
            timing=self.options.mode.value,
            store=self.reuse.store.location,
            keys=keys_of_group(command.group, self.brotli_level),
            fresh=self.options.fresh,
        )

    def _taken(self, taken: Taken) -> Record:
        self.reused += 1
        self._remember(taken)
        return taken.record

    def _remember(self, taken: Taken) -> None:
        if (where := taken.record.environment) is not None and taken.environment:
            self.environments[where] = taken.environment
