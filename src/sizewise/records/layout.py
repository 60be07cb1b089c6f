"""Names of the files in a run folder, and of the folder itself."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

HEADER = "run.json"
SUITE = "suite.yaml"
JOURNAL = "records.jsonl"
PARQUET = "records.parquet"
CSV = "records.csv"
REPORT = "report.md"
TENSORS = "tensors"

RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4}", re.ASCII)
"""A run id: when the run started, in UTC, and four random digits. It sorts by time."""


def run_id(started: datetime, digits: str) -> str:
    """The id of a run that started at ``started``, which is in UTC."""
    return f"{started:%Y%m%dT%H%M%SZ}-{digits}"


def tensors_of(artifact_sha256: str) -> Path:
    """Where the constants of an artifact are listed, below the run's folder."""
    return Path(TENSORS, f"{artifact_sha256[:16]}.json")


def second_of(path: Path) -> str:
    """The second in which the run in a folder started, as its id has it."""
    return path.name.partition("-")[0]
