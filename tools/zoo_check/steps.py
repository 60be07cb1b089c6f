"""One row, in a process of its own: build the model, convert it, run it, compare.

Usage: python -m tools.zoo_check.steps ROW SCRATCH STEP...

What each step finds is appended to ``SCRATCH/found.jsonl`` at once, so that a step that kills the
process costs no other one.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tools.zoo_check.rows import Built, all_rows

from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import (
    Artifact,
    ArtifactFile,
    Data,
    Encoding,
    OpenModel,
    Samples,
    Source,
    SourceKind,
    Target,
)
from sizewise.errors import (
    RuntimeCrashError,
    RuntimeTimeoutError,
    SizewiseError,
    UnsupportedOpError,
    WrongArtifactError,
)
from sizewise.models import open_object, open_source
from sizewise.run.verify import require_equal
from sizewise.runtimes import RUNTIMES, Runtime

FOUND = "found.jsonl"
BUILT = "built"
RUNS_IN: Mapping[Target, Mapping[str, str]] = {
    Target.TFJS: {"WASM": "node-wasm", "CPU": "node-cpu"},
    Target.TFLITE: {"LiteRT": "litert"},
}
"""The columns of each target, and the runtimes behind them."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What became of a model in one column.

    ``verdict`` is right, wrong, dead or refused; ``difference`` is the largest one from
    TensorFlow's outputs, in standard deviations of the output; ``reason`` says what failed, or
    what else is to be known.
    """

    verdict: str
    difference: float | None = None
    reason: str | None = None


class Subject:
    """The model of a row, as each converter gets it, and what TensorFlow makes of the samples."""

    def __init__(self, built: Built, folder: Path) -> None:
        self._built = built
        self.folder = folder
        self.saved = open_source(
            Source(SourceKind.SAVED_MODEL, str(folder)), signature=built.signature
        )
        self.ours = self.saved if built.thing is None else open_object(built.thing)

    def inputs(self, model: OpenModel) -> dict[str, Any]:
        """The samples by the names that ``model`` has for its inputs."""
        given = self._built.inputs
        names = [spec.name for spec in model.signature.inputs]
        if set(names) == set(given):
            return dict(given)
        return dict(zip(names, given.values(), strict=True))


def upstream_tfjs(subject: Subject, out: Path) -> Artifact:
    """The artifact of ``tensorflowjs_converter``."""
    from tensorflowjs.converters import converter

    signature = subject.saved.signature
    converter.convert(
        [
            "--input_format=tf_saved_model",
            "--output_format=tfjs_graph_model",
            f"--signature_name={signature.name}",
            *(str(subject.folder), str(out)),
        ]
    )
    return _artifact(Target.TFJS, out / "model.json", signature)


def upstream_tflite(subject: Subject, out: Path) -> Artifact:
    """The file of ``tf.lite.TFLiteConverter.from_saved_model``."""
    import tensorflow as tf

    signature = subject.saved.signature
    content = tf.lite.TFLiteConverter.from_saved_model(
        str(subject.folder), signature_keys=[signature.name]
    ).convert()
    out.mkdir()
    (out / "model.tflite").write_bytes(content)
    return _artifact(Target.TFLITE, out / "model.tflite", signature)


def _artifact(target: Target, entry: Path, signature: Any) -> Artifact:
    files = (ArtifactFile(entry.name, entry.stat().st_size, ""),)
    return Artifact(target, "float32", entry.parent, files, "", signature)


def _sizewise(target: Target) -> Callable[[Subject, Path], Artifact]:
    def convert(subject: Subject, out: Path) -> Artifact:
        samples = Samples(subject.inputs(subject.ours))
        converter = CONVERTERS[target]()
        prepared = converter.prepare(freeze(subject.ours), Data(samples, samples))
        return converter.write(prepared, Encoding("float32"), out)

    return convert


STEPS: Mapping[str, tuple[str, Target, Callable[[Subject, Path], Artifact]]] = {
    "upstream tfjs": ("upstream", Target.TFJS, upstream_tfjs),
    "upstream tflite": ("upstream", Target.TFLITE, upstream_tflite),
    "sizewise tfjs": ("sizewise", Target.TFJS, _sizewise(Target.TFJS)),
    "sizewise tflite": ("sizewise", Target.TFLITE, _sizewise(Target.TFLITE)),
}
"""Whose converter, what for, and how it is called."""


def check(step: str, subject: Subject, out: Path) -> dict[str, Cell]:
    """The cells of one step, by column."""
    whose, target, convert = STEPS[step]
    model = subject.saved if whose == "upstream" else subject.ours
    inputs = subject.inputs(model)
    try:
        artifact = convert(subject, out)
    except Exception as error:  # noqa: BLE001 - whatever a converter raises is a refusal
        return dict.fromkeys(RUNS_IN[target], Cell("refused", reason=reason(error)))
    expected = _expected(model, inputs)
    return {
        column: _run(whose, runtime, artifact, inputs, expected)
        for column, runtime in RUNS_IN[target].items()
    }


def _expected(model: OpenModel, inputs: Mapping[str, Any]) -> dict[str, Any]:
    import tensorflow as tf

    tensors = {name: tf.constant(array) for name, array in inputs.items()}
    return {name: value.numpy() for name, value in model.function(**tensors).items()}


def _run(
    whose: str,
    runtime: str,
    artifact: Artifact,
    inputs: Mapping[str, Any],
    expected: Mapping[str, Any],
) -> Cell:
    engine = RUNTIMES[runtime]()
    try:
        outputs = _outputs(engine, artifact, inputs)
        require_equal(artifact.target, outputs, expected)
        notes = [note for note in artifact.notes if not note.startswith("weight ")]
        return Cell("right", _difference(outputs, expected), "; ".join(notes) or None)
    except WrongArtifactError as error:
        return Cell("wrong", _difference(outputs, expected), reason(error))
    except UnsupportedOpError as error:
        # Sizewise runs what it has made before anyone gets it, and then names the op.
        return Cell("refused" if whose == "sizewise" else "dead", reason=reason(error))
    except (RuntimeCrashError, RuntimeTimeoutError) as error:
        return Cell("dead", reason=reason(error))
    finally:
        engine.close()


def _outputs(engine: Runtime, artifact: Artifact, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """All samples at once, or as many as the artifact takes."""
    sizes = {spec.shape[0] for spec in artifact.signature.inputs if spec.shape}
    if sizes <= {None, len(next(iter(inputs.values())))}:
        return engine.call(artifact, inputs)
    return engine.execute(artifact, inputs, latency_runs=1).outputs


def _difference(outputs: Mapping[str, Any], expected: Mapping[str, Any]) -> float | None:
    """The largest difference in standard deviations of its output; None where they do not fit."""
    worst = 0.0
    for name, wanted in expected.items():
        found = outputs.get(name)
        if found is None or found.shape != wanted.shape or wanted.dtype.kind not in "fiub":
            return None
        exact = wanted.astype(float)
        worst = max(worst, float(np.abs(found - exact).max()) / (float(exact.std()) or 1.0))
    return worst if np.isfinite(worst) else None


_TFLITE_OPS = re.compile(r"(?:TF Select|Flex|Custom) ops: (?P<ops>[^\n]+)")
_TFLITE_PLACE = re.compile(r"error: loc\(.*?fused\[\"(?P<op>\w+):")
_PATH = re.compile(r"(?:/[\w.+-]+){2,}")


def reason(error: BaseException) -> str:
    """Why something failed, in one line without paths."""
    text = error.message if isinstance(error, SizewiseError) else str(error)
    if not isinstance(error, SizewiseError):
        if found := _TFLITE_OPS.search(text):
            return f"TFLite has no kernel for {found['ops'].strip()}"
        if found := _TFLITE_PLACE.search(text):
            return f"the converter to TFLite gives up at {found['op']}"
        text = text or type(error).__name__
    line = _PATH.sub("…", " ".join(text.split()))
    return line if len(line) <= 200 else line[:200] + "…"


def main(key: str, scratch: Path, steps: list[str]) -> None:
    """Run ``steps`` of the row ``key``."""
    row = next(row for row in all_rows() if row.key == key)
    folder = scratch / "saved_model"
    subject = Subject(row.build(folder), folder)
    (scratch / BUILT).touch()
    for step in steps:
        cells = check(step, subject, scratch / step.replace(" ", "-"))
        line = json.dumps({"step": step, "cells": {c: asdict(cell) for c, cell in cells.items()}})
        with (scratch / FOUND).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
