"""What came of a tuning on disk, beside its trials, for whoever reports on it later."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sizewise.domain.tuning import Evidence, Goal
from sizewise.errors import RecordsError
from sizewise.storage import write_file
from sizewise.tune.budget import Budget
from sizewise.tune.journal import TRIALS_FILE, read_trials
from sizewise.tune.result import Tuned
from sizewise.tune.sensitivity import FILE as SENSITIVITY_FILE
from sizewise.tune.sensitivity import load_sensitivity

FILE = "tuned.json"
FORMAT = 1
_ENDING = ".tuning"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the tuning of a model; ``metric`` is what its labels are judged by, if any."""

    model: str
    metric: str | None
    tuned: Tuned


def folder_beside(artifact: Path) -> Path:
    """Where the trials are of a job whose artifact is in the folder ``artifact``."""
    return artifact.with_name(artifact.name + _ENDING)


def save_outcome(folder: Path, outcome: Outcome) -> None:
    """Keep what is not in the trials and the sensitivities of the folder, which are there already.

    Raises RecordsError where it cannot be written.
    """
    tuned = outcome.tuned
    document = {
        "format": FORMAT,
        "model": outcome.model,
        "metric": outcome.metric,
        "best": tuned.best.number,
        "budget": asdict(tuned.budget),
        "minimize": str(tuned.goal),
        "evidence": str(tuned.evidence),
        "samples": dict(tuned.split),
        "is_finished": tuned.is_finished,
        "notes": list(tuned.notes),
    }
    file = folder / FILE
    try:
        write_file(file, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise RecordsError(f"cannot write: {error.strerror or error}", where=file) from error


def load_outcome(folder: Path) -> Outcome | None:
    """What came of the tuning in a folder, None where none came to its end there.

    Raises RecordsError for files that hold something else.
    """
    file = folder / FILE
    if not file.exists():
        return None
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        trials = tuple(read_trials(folder / TRIALS_FILE))
        tuned = Tuned(
            next(trial for trial in trials if trial.number == document["best"]),
            trials,
            Budget(**document["budget"]),
            Goal(document["minimize"]),
            Evidence(document["evidence"]),
            load_sensitivity(folder / SENSITIVITY_FILE),
            document["samples"],
            document["is_finished"],
            tuple(document["notes"]),
        )
        return Outcome(document["model"], document["metric"], tuned)
    except (OSError, ValueError, LookupError, TypeError, StopIteration) as error:
        raise RecordsError(
            "it cannot be read", where=file, advice="tune again, to have it made again"
        ) from error
