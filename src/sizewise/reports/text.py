"""Lines of plain text that the terminal and the Markdown report share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sizewise.analysis import ModelSummary, RunSummary, TargetSummary, Verdict
from sizewise.domain import Record, Status
from sizewise.records import RunState
from sizewise.reports.scale import Scale
from sizewise.units import format_bytes, format_number

FLAG = "⚑"
"""Stands beside a row whose artifact is not what its name says, and before what is wrong."""
ADVICE = (
    "Pruning alone shrinks only the compressed size: zeros take as many bytes as other values "
    "until they are compressed. None of this makes TensorFlow.js faster by itself; smaller "
    "artifacts load sooner."
)


def one_line(text: str) -> str:
    """``text`` without line ends, control characters and escape sequences' introducers."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def shortened(text: str, width: int) -> str:
    """At most ``width`` characters, the last an ellipsis where something is left out."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def ends_of(text: str, width: int) -> str:
    """At most ``width`` characters: where something is left out, as much of each end."""
    half = (width - 1) // 2
    return text if len(text) <= width else f"{text[: width - 1 - half]}…{text[-half:]}"


def variant_name(record: Record) -> str:
    """``prune50/uint8@tfjs``: the job's id without the model."""
    transform = "" if record.transform == "none" else f"{record.transform}/"
    return one_line(f"{transform}{record.encoding}@{record.target}")


def reason(record: Record) -> str:
    """Why a row has no figures, in a line."""
    return one_line(record.reason or "no reason was given")


def failure_line(record: Record) -> str:
    """``kws/uint8@tfjs: unsupported: Kernel 'Erfc' not registered``."""
    return f"{record.job_id}: {record.status}: {reason(record)}"


def failure_lines(model: ModelSummary) -> tuple[str, ...]:
    """A line a reason that rows have no figures: ``kws/int8@tflite and 2 more: failed: no``."""
    groups: dict[str, list[Record]] = {}
    for row in model.failures:
        groups.setdefault(f"{row.record.status}: {reason(row.record)}", []).append(row.record)
    return tuple(
        f"{first.job_id}{f' and {len(others)} more' if others else ''}: {why}"
        for why, (first, *others) in groups.items()
    )


def note_line(note: str, job_ids: Sequence[str]) -> str:
    """``note: calibrated on shared samples (kws/int8@tflite and 2 more)``."""
    more = f" and {len(job_ids) - 1} more" if len(job_ids) > 1 else ""
    return f"note: {one_line(note)} ({job_ids[0]}{more})"


def flag_line(flag: str, job_ids: Sequence[str]) -> str:
    """``⚑ prune80: 2 of 10 kernels have less than 79.0 % zeros: ... (kws/uint8@tfjs)``."""
    more = f" and {len(job_ids) - 1} more" if len(job_ids) > 1 else ""
    return f"{FLAG} {one_line(flag)} ({job_ids[0]}{more})"


def advice(summary: RunSummary) -> tuple[str, ...]:
    """What the figures of transforms are easily misread for; nothing where there are none."""
    return (ADVICE,) if summary.has_transforms else ()


def answer_lines(summary: RunSummary, folder: Path) -> tuple[str, ...]:
    """For each model and target the variant to ship, its size, and where it is below ``folder``."""
    return tuple(
        _answer(model, target, folder) for model in summary.models for target in model.targets
    )


def _answer(model: ModelSummary, target: TargetSummary, folder: Path) -> str:
    if target.smallest is None and model.metric is None:
        return (
            f"{model.name} for {target.target}: without labels there is no drop to judge by; "
            "choose with sizewise recommend --min-agreement or --min-sqnr"
        )
    if target.smallest is None:
        undecided = sum(row.verdict is Verdict.UNDECIDED for row in target.rows)
        remedy = f"; {undecided} undecided, judge on more samples" if undecided else ""
        return (
            f"{model.name} for {target.target}: "
            f"no variant's drop is shown to stay within the limit{remedy}"
        )
    record = target.smallest.record
    size = format_bytes(record.size_brotli_bytes)
    return f"{record.job_id}: {size} brotli, in {folder / (record.artifact_path or '')}"


def reference_line(model: ModelSummary) -> str:
    """``Untouched: accuracy 91.3 % on 1000 samples, may drop 1.0 pp``."""
    if model.metric is None and model.samples is not None:
        return (
            "No labels: agreement with the untouched model and drift of its outputs alone, "
            f"on {model.samples} samples"
        )
    if model.metric_reference is None:
        return "No metric was measured: nothing to judge the variants by"
    scale = Scale.of_model(model)
    line = f"Untouched: {scale.metric} {scale.value(model.metric_reference)} {scale.unit}".rstrip()
    if model.samples is not None:
        line += f" on {model.samples} samples"
    if model.max_drop is not None:
        limit = format_number(model.max_drop * scale.factor, scale.decimals)
        line += f", may drop {limit} {scale.drop_unit}".rstrip()
    return line


def record_line(record: Record) -> str:
    """``kws/uint8@tfjs: ok, 22.6 kB brotli, drop −0.2 pp [−0.7, +0.3]``, or why not."""
    if record.status is not Status.OK:
        return failure_line(record)
    line = f"{record.job_id}: ok, {format_bytes(record.size_brotli_bytes)} brotli"
    if record.metric is None and record.agreement is not None:
        return f"{line}, agreement {format_number(record.agreement * 100, 1)} %"
    if record.metric_drop is None:
        return line
    scale = Scale.of(record.metric, record.metric_reference, record.samples)
    drop, *interval = scale.drop(record).split(" ", 1)
    return " ".join(part for part in (f"{line}, drop {drop}", scale.drop_unit, *interval) if part)


def ending(summary: RunSummary) -> tuple[str, ...]:
    """What is lacking in the run, a line each; nothing for a run that is complete."""
    run = summary.run
    lines = []
    if run.missing:
        lines.append(f"Jobs without a row: {len(run.missing)} of {len(run.job_ids)}.")
    if run.state is RunState.INTERRUPTED:
        lines.append("The run was interrupted.")
    elif run.state is RunState.RUNNING:
        lines.append("The run is still under way, or was killed.")
    return tuple(lines)
