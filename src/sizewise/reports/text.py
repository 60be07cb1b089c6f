"""Lines of plain text that the terminal and the Markdown report share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sizewise.analysis import ModelSummary, RunSummary, TargetSummary, Verdict
from sizewise.domain import Record
from sizewise.records import RunState
from sizewise.units import format_bytes


def one_line(text: str) -> str:
    """``text`` without line ends, control characters and escape sequences' introducers."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def shortened(text: str, width: int) -> str:
    """At most ``width`` characters, the last an ellipsis where something is left out."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


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


def note_line(note: str, job_ids: Sequence[str]) -> str:
    """``note: calibrated on shared samples (kws/int8@tflite and 2 more)``."""
    more = f" and {len(job_ids) - 1} more" if len(job_ids) > 1 else ""
    return f"note: {one_line(note)} ({job_ids[0]}{more})"


def answer_lines(summary: RunSummary, folder: Path) -> tuple[str, ...]:
    """For each model and target the variant to ship, its size, and where it is below ``folder``."""
    return tuple(
        _answer(model, target, folder) for model in summary.models for target in model.targets
    )


def _answer(model: ModelSummary, target: TargetSummary, folder: Path) -> str:
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
