"""Runtimes: an artifact and inputs in, outputs and durations out.

A runtime is a class that fits ``Runtime`` and a row in ``RUNTIMES``; ``preferred`` says which
ones an artifact is for. Nothing heavy is imported before a runtime is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from sizewise.domain import Array, Artifact, Execution, Target


class Runtime(Protocol):
    """What executes artifacts, as their users' devices will."""

    @property
    def name(self) -> str:
        """Its key in ``RUNTIMES``."""
        ...

    def versions(self) -> Mapping[str, str]:
        """Versions of what decides the outputs: ``{"node": "v24.1.0", "tfjs": "4.22.0"}``."""
        ...

    def execute(
        self,
        artifact: Artifact,
        inputs: Mapping[str, Array],
        *,
        batch_size: int = 100,
        latency_runs: int = 10,
    ) -> Execution:
        """Load ``artifact`` and run it on all samples, then on one sample ``latency_runs`` times.

        ``inputs`` and the outputs are keyed by the names of the artifact's signature; their
        first axis is the samples. At most ``batch_size`` samples go through the model at once.
        Where the batch is fixed it decides: the last batch is padded by repeating the last
        sample, and a latency is that of one whole batch. Durations are in seconds; the run
        before the latencies is not counted.

        Raises DataError where the samples do not fit the model, UnsupportedOpError where the
        runtime lacks an op (another one may have it), RuntimeCrashError where it fails or dies,
        RuntimeTimeoutError where it hangs, SetupError where it cannot be had on this machine.
        The runtime can be used again after any of them.
        """
        ...

    def call(self, artifact: Artifact, inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """Load ``artifact`` and run it once on ``inputs`` as they are: no axis is the samples'.

        Raises what ``execute`` raises.
        """
        ...

    def close(self) -> None:
        """End what the runtime started. It starts again when it is used again."""
        ...


def _litert() -> Runtime:
    from sizewise.runtimes.litert import LiteRtRuntime

    return LiteRtRuntime()


def _node_wasm() -> Runtime:
    from sizewise.runtimes.node.runtime import NodeRuntime

    return NodeRuntime("wasm")


def _node_cpu() -> Runtime:
    from sizewise.runtimes.node.runtime import NodeRuntime

    return NodeRuntime("cpu")


RUNTIMES: dict[str, Callable[[], Runtime]] = {
    "litert": _litert,
    "node-wasm": _node_wasm,
    "node-cpu": _node_cpu,
}
"""All runtimes by name. The Node ones share one process, which ends when all are closed."""

_PREFERRED: Mapping[Target, tuple[str, ...]] = {
    Target.TFJS: ("node-wasm", "node-cpu"),
    Target.TFJS_LAYERS: ("node-wasm", "node-cpu"),
    Target.TFLITE: ("litert",),
}


def preferred(target: Target) -> tuple[str, ...]:
    """Names of the runtimes for ``target``, the best first.

    The next one is for artifacts that the one before it refuses with UnsupportedOpError.
    """
    return _PREFERRED[target]


__all__ = ["RUNTIMES", "Runtime", "preferred"]
