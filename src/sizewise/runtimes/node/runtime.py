"""TensorFlow.js in Node, on one of its backends."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sizewise.domain import Array, Artifact, Execution, Signature
from sizewise.errors import SetupError
from sizewise.runtimes.batching import Arrays, Batching, batching_for, first_rows, run_all
from sizewise.runtimes.node import install, tensors
from sizewise.runtimes.node.frames import Buffer
from sizewise.runtimes.node.process import NodePool, NodeProcess
from sizewise.runtimes.node.replies import error_for

WARM_UP_SECONDS = 0.15
"""How long a model is run before its latency is taken: the compiler of JavaScript makes code
that runs often up to four times faster, which must not favour the artifacts that come later."""

_SHARED = NodePool()


class NodeRuntime:
    """Runs graph and layers models on the ``backend`` (``wasm``, ``cpu``) of TensorFlow.js in Node.

    Latencies are taken inside Node, from inputs that are in place to outputs that are read.
    TensorFlow.js has one thread in Node.
    """

    def __init__(self, backend: str, pool: NodePool = _SHARED) -> None:
        self.name = f"node-{backend}"
        self._backend = backend
        self._pool = pool
        self._process: NodeProcess | None = None
        self._taught: tuple[Path, NodeProcess] | None = None

    def versions(self) -> Mapping[str, str]:
        """Versions of Node and of TensorFlow.js. Installs and starts nothing."""
        _, node = install.node_program()
        return {"node": node, "tfjs": install.tensorflow_js_version()}

    def execute(
        self,
        artifact: Artifact,
        inputs: Mapping[str, Array],
        *,
        batch_size: int = 100,
        latency_runs: int = 10,
    ) -> Execution:
        """As ``Runtime.execute``. A batch is smaller where it would near the time limit."""
        batching = batching_for(artifact.signature, inputs, batch_size)
        one = first_rows(inputs, batching)
        process = self._process_for(artifact)
        with _loaded(process, self._backend, artifact) as model:
            # Kernels that are missing throw when they are run, so this is a dry run, too.
            _, (seconds,) = model.run(one)
            batching = within_limit(batching, seconds, process.timeout_seconds)
            outputs = run_all(lambda part: model.run(part)[0], inputs, batching)
            latencies: tuple[float, ...] = ()
            if latency_runs:
                _, latencies = model.run(one, repeat=latency_runs, warm_seconds=WARM_UP_SECONDS)
        return Execution(self.name, outputs, model.load_seconds, latencies)

    def call(self, artifact: Artifact, inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """As ``Runtime.call``."""
        with _loaded(self._process_for(artifact), self._backend, artifact) as model:
            outputs, _ = model.run(inputs)
        return outputs

    def close(self) -> None:
        """Leave the shared process, which ends with its last user, and end one's own."""
        self._forget()
        if self._process is not None:
            self._process = None
            self._pool.leave()

    def _process_for(self, artifact: Artifact) -> NodeProcess:
        """The shared process; for an artifact with custom ops one of its own, which no other
        artifact gets to see: what a module registers cannot be taken back.
        """
        module = artifact.custom_ops_module
        if module is None:
            if self._process is None:
                self._process = self._pool.join()
            return self._process
        if self._taught is None or self._taught[0] != module:
            self._forget()
            self._taught = module, NodeProcess()
        return self._taught[1]

    def _forget(self) -> None:
        if self._taught is not None:
            self._taught[1].close()
            self._taught = None


@dataclass(frozen=True, slots=True)
class _Model:
    """A model inside the worker, by its number there."""

    process: NodeProcess
    backend: str
    signature: Signature
    number: int
    load_seconds: float

    def run(
        self, inputs: Arrays, *, repeat: int = 1, warm_seconds: float = 0.0
    ) -> tuple[dict[str, Array], tuple[float, ...]]:
        """The outputs by name, and the seconds of each of ``repeat`` runs after the warm-up."""
        encoded = [
            tensors.encode(inputs[spec.name], spec.dtype, spec.name)
            for spec in self.signature.inputs
        ]
        header = {
            "command": "run",
            "model": self.number,
            "inputs": [
                {"name": spec.tensor, **sent}
                for spec, (sent, _) in zip(self.signature.inputs, encoded, strict=True)
            ],
            "outputs": [spec.tensor for spec in self.signature.outputs],
            "repeat": repeat,
            "warm_seconds": warm_seconds,
        }
        reply, payload = _ask(
            self.process, self.backend, header, [data for _, data in encoded], patience=repeat + 1
        )
        outputs = {}
        for spec, received in zip(self.signature.outputs, reply["outputs"], strict=True):
            outputs[spec.name] = tensors.decode(received, payload[: received["bytes"]])
            payload = payload[received["bytes"] :]
        return outputs, tuple(reply["seconds"])


@contextmanager
def _loaded(
    process: NodeProcess, backend: str, artifact: Artifact
) -> Generator[_Model, None, None]:
    """The artifact's model in the worker, for as long as the block runs.

    After an error the worker is ended: a backend that has failed once, or has run out of
    memory, is not trusted with the next artifact.
    """
    process.start()
    try:
        if artifact.custom_ops_module is not None:
            _teach(process, artifact.custom_ops_module)
        header = {
            "command": "load",
            "path": str(artifact.entry.absolute()),
            "backend": backend,
            "format": str(artifact.target),
        }
        reply, _ = _ask(process, backend, header)
        model = _Model(process, backend, artifact.signature, reply["model"], reply["seconds"])
        yield model
        _ask(process, backend, {"command": "unload", "model": model.number})
    except BaseException:
        process.close()
        raise


def _teach(process: NodeProcess, module: Path) -> None:
    """Let ``module`` register its ops and layers, if it has not yet."""
    reply, _ = process.request({"command": "teach", "module": str(module.absolute())})
    if "error" in reply:
        raise SetupError(
            f"the module of custom ops cannot be used: {reply['error']}",
            where=module,
            advice="it has to export a function by default: (tf, converter, layers) => …",
        )


def _ask(
    process: NodeProcess,
    backend: str,
    header: Mapping[str, Any],
    buffers: Iterable[Buffer] = (),
    *,
    patience: float = 1.0,
) -> tuple[dict[str, Any], memoryview]:
    reply, payload = process.request(header, buffers, patience=patience)
    if "error" in reply:
        raise error_for(reply["error"], backend)
    return reply, payload


def within_limit(batching: Batching, sample_seconds: float, timeout_seconds: float) -> Batching:
    """Fewer rows where a batch would take more than a quarter of the time limit."""
    if batching.padded:
        return batching
    affordable = int(timeout_seconds / 4 / max(sample_seconds, 1e-6))
    return Batching(max(1, min(batching.rows, affordable)), padded=False)
