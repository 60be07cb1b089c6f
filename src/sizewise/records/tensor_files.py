"""The constants of a run's artifacts: a JSON file for each artifact, beside the journal.

They are no columns: a large model has thousands of tensors, and few rows of a run are looked at
that closely. Artifacts of equal bytes share a file, which is named after their digest.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sizewise.domain import Record, TensorReport
from sizewise.errors import RecordsError
from sizewise.records import layout
from sizewise.records.run import Run
from sizewise.storage import write_file

TENSORS_FORMAT = 1
"""Version of these files; a key changes its meaning only with it."""


def save_tensors(run: Path, artifact_sha256: str, tensors: Iterable[TensorReport]) -> None:
    """Keep the constants of an artifact in a run's folder.

    Raises RecordsError where the file cannot be written.
    """
    content = {
        "format": TENSORS_FORMAT,
        "artifact_sha256": artifact_sha256,
        "tensors": [dataclasses.asdict(tensor) for tensor in tensors],
    }
    path = run / layout.tensors_of(artifact_sha256)
    try:
        write_file(path, json.dumps(content, allow_nan=False) + "\n")
    except OSError as error:
        raise RecordsError(f"cannot write: {error.strerror or error}", where=path) from error


def tensors(run: Run, record: Record) -> tuple[TensorReport, ...] | None:
    """The constants of a row's artifact, in the artifact's order.

    None where they were not kept: an older sizewise wrote the run, or only its records were
    copied. Raises RecordsError where the file is corrupt, is of another artifact, or is of a
    newer sizewise.
    """
    if record.artifact_sha256 is None:
        return None
    path = run.path / layout.tensors_of(record.artifact_sha256)
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecordsError(f"cannot be read: {error.strerror}", where=path) from error
    except (ValueError, RecursionError) as error:
        raise _corrupt(path, str(error)) from error
    version = content.get("format") if isinstance(content, dict) else None
    if type(version) is not int:
        raise _corrupt(path, "it says no format")
    if version > TENSORS_FORMAT:
        raise RecordsError(
            f"written by a newer sizewise: format {version}, this one reads up to {TENSORS_FORMAT}",
            where=path,
            advice="upgrade sizewise",
        )
    try:
        if content["artifact_sha256"] != record.artifact_sha256:
            raise _corrupt(path, "it is of another artifact")
        return tuple(_tensor(entry) for entry in content["tensors"])
    except (LookupError, TypeError, ValueError) as error:
        raise _corrupt(path, f"{type(error).__name__}: {error}") from error


def _tensor(entry: Mapping[str, Any]) -> TensorReport:
    """Raises LookupError, TypeError or ValueError for what is no tensor."""
    return TensorReport(
        name=_text(entry["name"]),
        dtype=_text(entry["dtype"]),
        shape=tuple(_count(size) for size in entry["shape"]),
        size_bytes=_count(entry["size_bytes"]),
        quantized=_flag(entry["quantized"]),
        is_kernel=_flag(entry["is_kernel"]),
        zeros=_count_or_none(entry["zeros"]),
        distinct=_count_or_none(entry["distinct"]),
        used_by=None if entry["used_by"] is None else _text(entry["used_by"]),
        # Older versions did not write these.
        distinct_per_channel=_count_or_none(entry.get("distinct_per_channel")),
        inputs=_count_or_none(entry.get("inputs")),
        dense_groups=_count_or_none(entry.get("dense_groups")),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def _count_or_none(value: object) -> int | None:
    return None if value is None else _count(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value


def _corrupt(path: Path, why: str) -> RecordsError:
    return RecordsError(
        f"is corrupt: {why}",
        where=path,
        advice="restore the file, delete it or run the suite again",
    )
