"""An artifact run where its users would run it, or in the next best runtime."""

from __future__ import annotations

from sizewise.domain import Artifact, Execution, Samples
from sizewise.errors import UnsupportedOpError
from sizewise.run.stages import Stages


def execute(
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
