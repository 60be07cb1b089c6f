"""The artifacts of one conversion, run and held against the model that they were made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sizewise.domain import Array, Artifact, Target
from sizewise.domain.conversion import Check
from sizewise.errors import NonFiniteError, UnsupportedOpError, WrongArtifactError
from sizewise.run.trial import Trial, is_real
from sizewise.run.verify import require_equal


class RunningStages(Protocol):
    """What runs artifacts."""

    def runtimes(self, target: Target) -> Sequence[str]:
        """Names of the runtimes that execute a target's artifacts, the preferred one first."""

    def call(
        self, runtime: str, artifact: Artifact, inputs: Mapping[str, Array]
    ) -> Mapping[str, Array]:
        """Outputs of one call of an artifact."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs the artifacts of one signature on what its model was tried on.

    ``exact`` are the outputs of what the artifacts were made of: the model's own, or those of the
    graph that a transform made of it.
    """

    trial: Trial
    exact: Mapping[str, Array]
    target: Target
    stages: RunningStages

    def check(self, artifact: Artifact, plain: Artifact) -> Check:
        """Hold ``plain``, the float32 artifact, against ``exact``, and ``artifact`` against the
        model.

        Raises WrongArtifactError and NonFiniteError where they do not compute what they should,
        UnsupportedOpError where no runtime has an op.
        """
        if self.trial.reason is not None:
            return Check(reason=self.trial.reason)
        expected = self.trial.expected
        runtime, outputs = self._run(plain)
        error = require_equal(self.target, outputs, self.exact)
        if artifact is not plain:
            runtime, outputs = self._run(artifact)
        _require_finite(artifact, outputs, expected)
        return Check(runtime, self.trial.probe.words, error, _sqnr(outputs, expected))

    def _run(self, artifact: Artifact) -> tuple[str, Mapping[str, Array]]:
        names = self.stages.runtimes(self.target)
        for name in names:
            try:
                return name, self.stages.call(name, artifact, self.trial.probe.inputs)
            except UnsupportedOpError:
                if name == names[-1]:
                    raise
        raise AssertionError("every target has a runtime")


def _require_finite(
    artifact: Artifact, outputs: Mapping[str, Array], expected: Mapping[str, Array]
) -> None:
    import numpy as np

    for name, wanted in expected.items():
        found = outputs.get(name)
        if found is None or found.shape != wanted.shape:
            raise WrongArtifactError(
                f"the {artifact.encoding} artifact has no output {name!r} as the model has it"
            )
        if is_real(wanted) and not np.isfinite(found[np.isfinite(wanted)]).all():
            raise NonFiniteError(
                f"in {artifact.encoding}, the output {name!r} holds NaN or infinity where the "
                "model's does not",
                advice="choose an encoding with more bits",
            )


def _sqnr(outputs: Mapping[str, Array], expected: Mapping[str, Array]) -> float | None:
    """Over all finite real numbers of all outputs, as ``drift`` has it."""
    import numpy as np

    from sizewise.drift.outputs import Pair, output_drift

    pairs = []
    for name, wanted in expected.items():
        if wanted.dtype.kind == "f":
            finite = np.isfinite(wanted)
            pairs.append(
                Pair(name, wanted[finite].astype(float), outputs[name][finite].astype(float))
            )
    pairs = [pair for pair in pairs if pair.reference.size]
    return output_drift(pairs).sqnr_db if pairs else None
