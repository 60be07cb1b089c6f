"""One (model, transform) group from source to records, in a worker process.

The model is opened once, frozen once and optimised once a target; each job adds an encoding,
runs its artifact and compares. What the jobs share is timed once and counted in each of them,
so that ``conversion_seconds`` is what that conversion costs on its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from sizewise.domain import (
    AS_IS,
    Artifact,
    Encoding,
    Graph,
    Group,
    Job,
    ModelSpec,
    Record,
    Target,
)
from sizewise.errors import (
    ConversionError,
    NonFiniteError,
    UnsupportedOpError,
    WrongArtifactError,
)
from sizewise.measure import PeakMemory, Timing, fingerprint, timed
from sizewise.run.executing import execute
from sizewise.run.filling import with_artifact, with_drift, with_execution, with_timings
from sizewise.run.kept import Kept
from sizewise.run.messages import Finished, RunGroup, Working
from sizewise.run.places import artifact_path
from sizewise.run.rows import blank as blank_row
from sizewise.run.rows import failed
from sizewise.run.stages import PreparedTarget, Stages
from sizewise.run.subject import Subject, Variant, make_variant
from sizewise.run.verify import probe, verify

Events: TypeAlias = Iterator[Working | Finished]
Trace = Callable[[BaseException], None]
"""Told of every exception that became a row, so that a log can keep the traceback."""

Making: TypeAlias = Generator[str, None, Variant]
"""Gives the name of each stage as it begins, and the variant in the end."""

OpenOnce = Callable[[ModelSpec, Kept], Subject]
"""Gives a model's subject; it may keep it from one group to the next."""

SHARED_CALIBRATION = "calibrated on samples drawn from those that it is judged on"

SETTLED = (ConversionError, NonFiniteError, UnsupportedOpError, WrongArtifactError)
"""What follows from a job's content alone, and would happen again."""


def run_group(
    command: RunGroup, stages: Stages, open_once: OpenOnce, kept: Kept, trace: Trace
) -> Events:
    """Run the group's jobs, target by target, and give each a row whatever happens."""
    bench = _Bench(command, stages, kept, trace)
    group, ids = command.group, _ids(command.group.jobs)
    yield Working(ids, "opening")
    try:
        subject = open_once(group.model, kept)
        if subject.graph is None:
            yield from _run_file(subject, bench)
            return
        making = make_variant(group.transform, subject, stages, kept)
        variant = yield from _announced(ids, making)
    except Exception as error:  # noqa: BLE001 - whatever a converter raises becomes a row
        yield from bench.lost(group.jobs, error)
        return
    for target, jobs in _by_target(group).items():
        yield from _run_target(target, jobs, _Made(subject, variant), bench)


@dataclass(frozen=True, slots=True)
class _Bench:
    """What all steps of a group need at hand."""

    command: RunGroup
    stages: Stages
    kept: Kept
    trace: Trace

    def blank(self, job: Job) -> Record:
        """The row of a job of which nothing is known yet."""
        environment = fingerprint(self.command.environment)
        return replace(blank_row(job, environment), timing=self.command.timing)

    def lost(self, jobs: Iterable[Job], error: Exception) -> Iterator[Finished]:
        """The rows of jobs that ``error`` ended before anything was known of them."""
        self.trace(error)
        for job in jobs:
            yield self.finished(failed(self.blank(job), error), error)

    def finished(self, record: Record, error: Exception | None = None) -> Finished:
        """The row as it stays; it is kept where it would be the same another time."""
        record = replace(record, measured_at=datetime.now(UTC).isoformat(timespec="seconds"))
        key = None
        if error is None or _is_settled(error):
            key = self.kept.job(record, self.command.environment, self.command.folder)
        return Finished(record, key)


def _is_settled(error: Exception) -> bool:
    """Whether a failure follows from the content, and not from a full disk or memory."""
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None:
        causes.append(cause)
    short_of_room = any(isinstance(cause, OSError | MemoryError) for cause in causes)
    return isinstance(error, SETTLED) and not short_of_room


def _announced(ids: tuple[str, ...], making: Making) -> Generator[Working, None, Variant]:
    while True:
        try:
            stage = next(making)
        except StopIteration as end:
            variant: Variant = end.value
            return variant
        yield Working(ids, stage)


@dataclass(frozen=True, slots=True)
class _Made:
    """A model and a variant of it."""

    subject: Subject
    variant: Variant


def _run_target(target: Target, jobs: tuple[Job, ...], made: _Made, bench: _Bench) -> Events:
    subject, graph, stages = made.subject, made.variant.graph, bench.stages
    options = subject.spec.options
    ids = _ids(jobs)
    yield Working(ids, "optimising")
    try:
        prepared, optimising = timed(lambda: stages.prepare(target, graph, subject.data, options))
        write = _writer(prepared, subject, stages)
        yield Working(ids, "verifying")
        _verify(write, graph, subject, stages)
    except Exception as error:  # noqa: BLE001
        yield from bench.lost(jobs, error)
        return
    timings = {**made.variant.timings, "optimise": optimising}
    ready = _Ready(subject, write, timings, made.variant.notes)
    for job in jobs:
        yield from _run_job(job, ready, bench)


def _run_file(subject: Subject, bench: _Bench) -> Events:
    """Run the job of a ``.tflite`` source, of which nothing is made: only its opening is timed."""
    file, signature = subject.file, subject.signature
    assert file is not None, "without a graph there is a file"

    def keep(_: Encoding, folder: Path) -> Artifact:
        return bench.stages.keep(file, signature, folder)

    ready = _Ready(subject, keep, subject.timings, subject.notes)
    for job in bench.command.group.jobs:
        if job.encoding.name == AS_IS:
            yield from _run_job(job, ready, bench)
        else:
            yield from bench.lost([job], ConversionError(_NOT_CONVERTED, advice=_NAME_IT))


_NOT_CONVERTED = "the source holds a .tflite file, which is run as it is and not converted"
_NAME_IT = "name the file itself, by a path or a URL that ends with .tflite"

Write = Callable[[Encoding, Path], Artifact]
"""What makes an artifact of one encoding in a folder."""


def _writer(prepared: PreparedTarget, subject: Subject, stages: Stages) -> Write:
    spec = subject.spec

    def write(encoding: Encoding, folder: Path) -> Artifact:
        if encoding.auto is not None:
            from sizewise.run.tuning.job import write_tuned

            return write_tuned(encoding, folder, subject, prepared, stages)
        artifact = prepared.write(encoding, folder)
        return replace(artifact, custom_ops_module=spec.custom_ops_module)

    return write


@dataclass(frozen=True, slots=True)
class _Ready:
    """A variant made ready for one target."""

    subject: Subject
    write: Write
    timings: Mapping[str, Timing]
    notes: tuple[str, ...]


def _run_job(job: Job, ready: _Ready, bench: _Bench) -> Events:
    ids, subject, stages = _ids((job,)), ready.subject, bench.stages
    record, fault = replace(bench.blank(job), notes=ready.notes), None
    with PeakMemory() as peak:
        try:
            yield Working(ids, "encoding")
            folder = bench.command.folder / artifact_path(job)
            # What a worker that died amid this job may have left there.
            shutil.rmtree(folder, ignore_errors=True)
            artifact, encoding = timed(lambda: ready.write(job.encoding, folder))
            made = {} if job.encoding.name == AS_IS else {"encode": encoding}
            record = with_timings(record, {**ready.timings, **made})
            record = replace(record, notes=record.notes + artifact.notes + _shared(job, subject))
            yield Working(ids, "measuring")
            record = with_artifact(record, artifact, job, bench.command, stages)
            yield Working(ids, "running")
            execution, notes = execute(artifact, subject.data.judge, stages)
            record = with_execution(replace(record, notes=record.notes + notes), execution)
            yield Working(ids, "comparing")
            record = with_drift(record, execution, subject)
        except Exception as error:  # noqa: BLE001
            bench.trace(error)
            record, fault = failed(record, error), error
    yield bench.finished(replace(record, peak_memory_bytes=peak.bytes), fault)


def _shared(job: Job, subject: Subject) -> tuple[str, ...]:
    calibrated = job.encoding.is_calibrated or job.transform.is_calibrated
    return (SHARED_CALIBRATION,) if subject.data.shared and calibrated else ()


def _verify(write: Write, graph: Graph, subject: Subject, stages: Stages) -> None:
    samples = probe(subject.data.judge)
    verify(
        write,
        lambda artifact: execute(artifact, samples, stages)[0],
        stages.evaluate(graph, samples),
    )


def _ids(jobs: tuple[Job, ...]) -> tuple[str, ...]:
    return tuple(str(job.id) for job in jobs)


def _by_target(group: Group) -> dict[Target, tuple[Job, ...]]:
    targets = dict.fromkeys(job.target for job in group.jobs)
    return {target: tuple(job for job in group.jobs if job.target is target) for target in targets}
