"""What each step of a job adds to its row."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sizewise.domain import Artifact, Execution, Job, Record
from sizewise.drift import compare
from sizewise.measure import Timing, measure_sizes
from sizewise.records import save_tensors
from sizewise.run.messages import RunGroup
from sizewise.run.places import artifact_path
from sizewise.run.rows import with_limit
from sizewise.run.stages import Stages
from sizewise.run.subject import Subject

STAGES = ("open", "freeze", "transform", "optimise", "encode")
"""The stages whose durations add up to a conversion."""


def with_timings(record: Record, timings: Mapping[str, Timing]) -> Record:
    """The row with the durations of its stages, and the sum of a conversion's where none of
    them was left out. Training is no part of that.
    """
    fields: dict[str, Any] = {}
    for stage, timing in timings.items():
        fields[f"{stage}_seconds"] = timing.wall_seconds
        fields[f"{stage}_cpu_seconds"] = timing.cpu_seconds
    if timings.keys() >= set(STAGES):
        conversion = [timings[stage] for stage in STAGES]
        fields["conversion_seconds"] = sum(timing.wall_seconds for timing in conversion)
        fields["conversion_cpu_seconds"] = sum(timing.cpu_seconds for timing in conversion)
    return replace(record, **fields)


def with_artifact(
    record: Record, artifact: Artifact, job: Job, command: RunGroup, stages: Stages
) -> Record:
    """The row with what the artifact's own bytes say."""
    sizes = measure_sizes(artifact, command.brotli_level)
    weights = stages.weights(artifact, job.transform, command.brotli_level)
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
        quantized_share=weights.quantized_share,
        bits_per_weight=weights.bits_per_weight,
        bits_per_weight_brotli=weights.bits_per_weight_brotli,
        flags=stages.audit(job, weights),
    )


def with_execution(record: Record, execution: Execution) -> Record:
    """The row with what the runtime did."""
    return replace(
        record,
        runtime=execution.runtime,
        load_seconds=execution.load_seconds,
        latencies_seconds=execution.latencies_seconds,
        latency_seconds=statistics.median(execution.latencies_seconds)
        if execution.latencies_seconds
        else None,
    )


def with_drift(record: Record, execution: Execution, subject: Subject) -> Record:
    """The row with the difference from the reference."""
    drift = compare(
        subject.reference,
        execution.outputs,
        subject.data.judge.labels,
        subject.spec.metric,
        metric_folder=subject.spec.metric_folder,
    )
    return with_limit(replace(record, **asdict(drift)), subject.spec)
