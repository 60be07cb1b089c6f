"""One (model, transform) group from source to records, in a worker process.

The model is opened once, frozen once and optimised once a target; each job adds an encoding,
runs its artifact and compares. What the jobs share is timed once and counted in each of them,
so that ``conversion_seconds`` is what that conversion costs on its own.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sizewise.domain import (
    AS_IS,
    CALIBRATED_ENCODINGS,
    Array,
    Artifact,
    Data,
    Encoding,
    Execution,
    Graph,
    Group,
    Job,
    ModelSpec,
    Record,
    Samples,
    Signature,
    Target,
)
from sizewise.drift import compare
from sizewise.errors import ConversionError, UnsupportedOpError
from sizewise.measure import PeakMemory, Timing, measure_sizes, timed
from sizewise.records import save_tensors
from sizewise.run.messages import Finished, RunGroup, Working
from sizewise.run.rows import blank as blank_row
from sizewise.run.rows import failed
from sizewise.run.stages import PreparedTarget, Stages
from sizewise.run.verify import probe, verify

Events = Iterator[Working | Finished]
Trace = Callable[[BaseException], None]
"""Told of every exception that became a row, so that a log can keep the traceback."""

STAGES = ("open", "freeze", "transform", "optimise", "encode")
"""The stages whose durations add up to a conversion."""


SHARED_CALIBRATION = "calibrated on samples drawn from those that it is judged on"


@dataclass(frozen=True, slots=True)
class Subject:
    """A model opened and frozen, with what every variant of it is held against.

    A ``.tflite`` ``file`` is what it is, and has no ``graph``.
    """

    spec: ModelSpec
    graph: Graph | None
    file: Path | None
    signature: Signature
    data: Data
    reference: Mapping[str, Array]
    timings: Mapping[str, Timing]
    notes: tuple[str, ...]


def open_subject(spec: ModelSpec, stages: Stages) -> Subject:
    """Open and freeze a model and compute its reference outputs."""
    model, opening = timed(lambda: stages.open(spec))
    timings = {"open": opening}
    graph = None
    if model.file is None:
        graph, timings["freeze"] = timed(lambda: stages.freeze(model))
        graph = replace(graph, custom_ops=frozenset(spec.custom_ops))
    data = stages.data(spec, model)
    reference = stages.reference(model, data.judge)
    return Subject(spec, graph, model.file, model.signature, data, reference, timings, model.notes)


def run_group(
    command: RunGroup, stages: Stages, open_once: Callable[[ModelSpec], Subject], trace: Trace
) -> Events:
    """Run the group's jobs, target by target, and give each a row whatever happens.

    ``open_once`` gives the model's subject; it may keep it from one group to the next.
    """
    group = command.group
    blank = {job: blank_row(job, command.environment) for job in group.jobs}
    yield Working(_ids(group.jobs), "opening")
    try:
        subject = open_once(group.model)
        if subject.graph is None:
            yield from _run_file(subject, blank, command, stages, trace)
            return
        yield Working(_ids(group.jobs), "transforming")
        frozen = subject.graph
        graph, transforming = timed(lambda: stages.transform(group.transform, frozen))
    except Exception as error:  # noqa: BLE001 - whatever a converter raises becomes a row
        trace(error)
        for job in group.jobs:
            yield Finished(failed(blank[job], error))
        return
    timings = {**subject.timings, "transform": transforming}
    for target, jobs in _by_target(group).items():
        yield Working(_ids(jobs), "optimising")
        try:
            prepared, optimising = timed(lambda t=target: stages.prepare(t, graph, subject.data))  # type: ignore[misc]
            write = _writer(prepared, group.model)
            yield Working(_ids(jobs), "verifying")
            _verify(write, graph, subject, stages)
        except Exception as error:  # noqa: BLE001
            trace(error)
            for job in jobs:
                yield Finished(failed(blank[job], error))
            continue
        variant = _Variant(subject, write, {**timings, "optimise": optimising}, command)
        for job in jobs:
            yield from _run_job(job, blank[job], variant, stages, trace)


def _run_file(
    subject: Subject,
    blank: Mapping[Job, Record],
    command: RunGroup,
    stages: Stages,
    trace: Trace,
) -> Events:
    """Run the job of a ``.tflite`` source, of which nothing is made: only its opening is timed."""
    file, signature = subject.file, subject.signature
    assert file is not None, "without a graph there is a file"
    variant = _Variant(
        subject, lambda _, folder: stages.keep(file, signature, folder), subject.timings, command
    )
    for job, record in blank.items():
        if job.encoding.name == AS_IS:
            yield from _run_job(job, record, variant, stages, trace)
        else:
            yield Finished(failed(record, ConversionError(_NOT_CONVERTED, advice=_NAME_IT)))


_NOT_CONVERTED = "the source holds a .tflite file, which is run as it is and not converted"
_NAME_IT = "name the file itself, by a path or a URL that ends with .tflite"

Write = Callable[[Encoding, Path], Artifact]
"""What makes an artifact of one encoding in a folder."""


def _writer(prepared: PreparedTarget, spec: ModelSpec) -> Write:
    def write(encoding: Encoding, folder: Path) -> Artifact:
        artifact = prepared.write(encoding, folder)
        return replace(artifact, custom_ops_module=spec.custom_ops_module)

    return write


@dataclass(frozen=True, slots=True)
class _Variant:
    """A transformed model made ready for one target."""

    subject: Subject
    write: Write
    timings: Mapping[str, Timing]
    command: RunGroup


def _run_job(job: Job, record: Record, variant: _Variant, stages: Stages, trace: Trace) -> Events:
    ids = _ids((job,))
    with PeakMemory() as peak:
        try:
            yield Working(ids, "encoding")
            record = replace(record, notes=variant.subject.notes)
            folder = variant.command.folder / artifact_path(job)
            artifact, encoding = timed(lambda: variant.write(job.encoding, folder))
            record = replace(record, notes=record.notes + artifact.notes)
            made = {} if job.encoding.name == AS_IS else {"encode": encoding}
            record = _with_timings(record, {**variant.timings, **made})
            if variant.subject.data.shared and job.encoding.name in CALIBRATED_ENCODINGS:
                record = replace(record, notes=(*record.notes, SHARED_CALIBRATION))
            yield Working(ids, "measuring")
            record = _with_artifact(record, artifact, job, variant.command, stages)
            yield Working(ids, "running")
            execution, notes = _execute(artifact, variant.subject.data.judge, stages)
            record = _with_execution(replace(record, notes=record.notes + notes), execution)
            yield Working(ids, "comparing")
            record = _with_drift(record, execution, variant.subject)
        except Exception as error:  # noqa: BLE001
            trace(error)
            record = failed(record, error)
    yield Finished(replace(record, peak_memory_bytes=peak.bytes))


def _verify(write: Write, graph: Graph, subject: Subject, stages: Stages) -> None:
    samples = probe(subject.data.judge)
    verify(
        write,
        lambda artifact: _execute(artifact, samples, stages)[0],
        stages.evaluate(graph, samples),
    )


def artifact_path(job: Job) -> Path:
    """Where a job's artifact lies below the run's folder."""
    return Path(
        "artifacts", job.model.name, job.transform.name, f"{job.encoding.name}@{job.target}"
    )


def _execute(
    artifact: Artifact, samples: Samples, stages: Stages
) -> tuple[Execution, tuple[str, ...]]:
    """Run an artifact in the preferred runtime that has all of its kernels."""
    notes: list[str] = []
    names = stages.runtimes(artifact.target)
    for name in names:
        try:
            return stages.execute(name, artifact, samples), tuple(notes)
        except UnsupportedOpError as error:
            if name == names[-1]:
                raise
            notes.append(f"not run on {name}: {error.message}")
    raise AssertionError("every target has a runtime")


def _with_timings(record: Record, timings: Mapping[str, Timing]) -> Record:
    """The row with the durations of its stages, and their sum where none was left out."""
    fields: dict[str, Any] = {}
    for stage, timing in timings.items():
        fields[f"{stage}_seconds"] = timing.wall_seconds
        fields[f"{stage}_cpu_seconds"] = timing.cpu_seconds
    if timings.keys() >= set(STAGES):
        fields["conversion_seconds"] = sum(timing.wall_seconds for timing in timings.values())
        fields["conversion_cpu_seconds"] = sum(timing.cpu_seconds for timing in timings.values())
    return replace(record, **fields)


def _with_artifact(
    record: Record, artifact: Artifact, job: Job, command: RunGroup, stages: Stages
) -> Record:
    sizes = measure_sizes(artifact, command.brotli_level)
    weights = stages.weights(artifact)
    save_tensors(command.folder, artifact.sha256, weights.tensors)
    return replace(
        record,
        artifact_sha256=artifact.sha256,
        artifact_path=artifact_path(job).as_posix(),
        files=tuple(file.path for file in artifact.files),
        file_sizes_bytes=tuple(file.size_bytes for file in artifact.files),
        size_raw_bytes=sizes.raw,
        size_gzip_bytes=sizes.gzip,
        size_brotli_bytes=sizes.brotli,
        compression=sizes.compression,
        weight_bytes=weights.weight_bytes,
        overhead_bytes=weights.overhead_bytes,
        sparsity=weights.sparsity,
        distinct_values=weights.distinct_values,
    )


def _with_execution(record: Record, execution: Execution) -> Record:
    return replace(
        record,
        runtime=execution.runtime,
        load_seconds=execution.load_seconds,
        latencies_seconds=execution.latencies_seconds,
        latency_seconds=statistics.median(execution.latencies_seconds)
        if execution.latencies_seconds
        else None,
    )


def _with_drift(record: Record, execution: Execution, subject: Subject) -> Record:
    drift = compare(
        subject.reference, execution.outputs, subject.data.judge.labels, subject.spec.metric
    )
    limit = subject.spec.max_drop
    return replace(
        record,
        **asdict(drift),
        max_drop=None if drift.metric_reference is None else limit.absolute(drift.metric_reference),
    )


def _ids(jobs: tuple[Job, ...]) -> tuple[str, ...]:
    return tuple(str(job.id) for job in jobs)


def _by_target(group: Group) -> dict[Target, tuple[Job, ...]]:
    targets = dict.fromkeys(job.target for job in group.jobs)
    return {target: tuple(job for job in group.jobs if job.target is target) for target in targets}
