"""A job of a suite whose encoding is left to the tuner."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sizewise.domain import Artifact, Encoding
from sizewise.run.stages import PreparedTarget, Stages
from sizewise.run.subject import Subject
from sizewise.run.tuning.bench import bench_of
from sizewise.run.tuning.task import Task
from sizewise.run.tuning.tuner import tune
from sizewise.tune import encoding_of, folder_beside


def write_tuned(
    encoding: Encoding,
    folder: Path,
    subject: Subject,
    prepared: PreparedTarget,
    stages: Stages,
) -> Artifact:
    """The artifact of the best mix, in ``folder``; all trials are kept beside it.

    The mix is in the notes, as a suite writes it. Raises what ``tune`` raises.
    """
    assert encoding.auto is not None, "there is something to choose"
    with bench_of(subject.spec, subject.model, prepared, stages, encoding.auto.seed) as bench:
        trials = folder_beside(folder)
        tuned = tune(Task(subject.spec, encoding.auto), bench, trials, lambda _: None)
        chosen = encoding_of(tuned.best.encodings)
        artifact = bench.write_encoding(chosen, folder)
    notes = [f"tuned in {len(tuned.trials)} trials: {_words(chosen)}"]
    if not tuned.is_finished:
        notes.append("the time limit ended the search of the tuner")
    return replace(artifact, encoding=encoding.name, notes=(*artifact.notes, *notes))


def _words(encoding: Encoding) -> str:
    """``{name: tuned, uint8: [a, b]}``, or a name."""
    if encoding.patterns is None:
        return encoding.name
    parts = (f"{key}: [{', '.join(given)}]" for key, given in encoding.patterns.items())
    return f"{{name: {encoding.name}, {', '.join(parts)}}}"
