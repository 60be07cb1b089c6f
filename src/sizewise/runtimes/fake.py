"""A runtime that answers at once: for tests of whatever runs runtimes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sizewise.domain import Array, Artifact, Execution
from sizewise.runtimes.batching import Arrays, batching_for, run_all


class FakeRuntime:
    """Computes outputs with ``function`` (inputs of a batch to its outputs, both by name).

    It checks, cuts and pads samples as the real ones do, and starts no process. Durations are
    made up, and the same every time. An error that ``function`` raises is the runtime's.
    """

    LOAD_SECONDS = 0.001
    LATENCY_SECONDS = 0.0001

    def __init__(self, function: Callable[[Arrays], Arrays], *, name: str = "fake") -> None:
        self.name = name
        self._function = function

    def versions(self) -> Mapping[str, str]:
        """One made-up version."""
        return {self.name: "1.0"}

    def execute(
        self,
        artifact: Artifact,
        inputs: Mapping[str, Array],
        *,
        batch_size: int = 100,
        latency_runs: int = 10,
    ) -> Execution:
        """As ``Runtime.execute``."""
        batching = batching_for(artifact.signature, inputs, batch_size)
        outputs = run_all(self._function, inputs, batching)
        return Execution(
            self.name, outputs, self.LOAD_SECONDS, (self.LATENCY_SECONDS,) * latency_runs
        )

    def call(self, artifact: Artifact, inputs: Mapping[str, Array]) -> Mapping[str, Array]:  # noqa: ARG002 - the protocol's
        """As ``Runtime.call``."""
        return self._function(inputs)

    def close(self) -> None:
        """Nothing to end."""
