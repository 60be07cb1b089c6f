"""Fakes of all stages: instant, deterministic, and able to go wrong where a test wants it.

Run as a script, this is a worker process that has them in place of TensorFlow and Node.
"""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from sizewise.domain import (
    Artifact,
    ArtifactFile,
    Cluster,
    Data,
    DataSource,
    Encoding,
    Execution,
    Finetune,
    Graph,
    Limit,
    ModelSpec,
    OpenModel,
    Prune,
    Samples,
    Signature,
    Source,
    SourceKind,
    Suite,
    Target,
    TensorReport,
    TensorSpec,
    Transform,
)
from sizewise.errors import ConversionError, SourceError, UnsupportedOpError

SIGNATURE = Signature(
    "serving_default",
    (TensorSpec("x", "x:0", "float32", (None, 3)),),
    (TensorSpec("y", "Identity:0", "float32", (None, 3)),),
)
ENCODINGS = {
    Target.TFJS: tuple(map(Encoding, ("float32", "uint8"))),
    Target.TFLITE: tuple(map(Encoding, ("float32", "int8"))),
}


def make_spec(name="net", metric="accuracy"):
    return ModelSpec(
        name=name,
        # Models of different names have different content.
        source=Source(SourceKind.ZOO, "digits-cnn", tags=(name,)),
        data=DataSource("zoo:digits-cnn"),
        metric=metric,
        max_drop=Limit(0.02),
    )


FINE_TUNED = Transform((Prune(0.8, finetune=Finetune(3)), Cluster(16)))
TRANSFORMS = (Transform(), Transform((Prune(0.5),)))


def make_suite(*models, transforms=TRANSFORMS, encodings=None):
    return Suite(
        name="fake",
        path=Path("fake.yaml"),
        text="suite: fake\n",
        models=tuple(make_spec(name) for name in models or ("net",)),
        transforms=transforms,
        encodings=encodings or ENCODINGS,
    )


@dataclass
class FakeStages:
    """Each ``*_fault`` is called with what the stage is about, before it does its work."""

    faults: dict = field(default_factory=dict)
    calls: list = field(default_factory=list)

    def _at(self, stage, subject):
        self.calls.append((stage, str(subject)))
        if path := os.environ.get("FAKE_CALLS"):
            with Path(path).open("a") as file:
                file.write(f"{stage} {subject}\n")
        if fault := self.faults.get((stage, str(subject))):
            fault()

    def check(self, spec):
        self._at("check", spec.name)

    def open(self, spec):
        self._at("open", spec.name)
        file = Path(spec.source.location) if spec.source.is_tflite else None
        return OpenModel(spec.name, SIGNATURE, None, None, "2.19.0", file=file)

    def data(self, spec, model):
        x = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
        samples = Samples({"x": x}, x.argmax(axis=1))
        return Data(samples, samples, shared=True)

    def reference(self, model, samples):
        self._at("reference", model.name)
        return {"y": samples.inputs["x"]}

    def pack(self, graph):
        return {"graph": graph.graph_def.encode()}

    def unpack(self, files, model):
        return Graph(files["graph"].decode(), SIGNATURE, "2.19.0")

    def train(self, spec, transform, model, data):
        self._at("train", transform.name)
        return replace(model, name=f"{model.name} trained", notes=("trained",))

    def freeze(self, model, options):
        self._at("freeze", model.name)
        return Graph(model.name, SIGNATURE, "2.19.0")

    def final(self, graph):
        self._at("final", graph.graph_def)
        return graph

    def transform(self, transform, graph, data):
        self._at("transform", transform.name)
        return graph

    def evaluate(self, graph, samples):
        self._at("evaluate", graph.graph_def)
        return {"y": samples.inputs["x"]}

    def keep(self, file, signature, folder):
        self._at("keep", file)
        return _write(Target.TFLITE, "as_is", folder, b"TFL3", signature)

    def prepare(self, target, graph, data, options):
        self._at("prepare", target)
        return _FakePrepared(self, target, graph)

    def runtimes(self, target):
        return ("first", "second")

    def execute(self, runtime, artifact, samples):
        self._at("execute", f"{runtime}:{artifact.encoding}@{artifact.target}")
        return Execution(runtime, {"y": samples.inputs["x"] * 1.001}, 0.01, (0.002, 0.001, 0.003))

    def audit(self, job, figures):
        return ()

    def weights(self, artifact, transform, brotli_level):
        return SimpleNamespace(
            quantized_share=1.0,
            bits_per_weight=8.0,
            bits_per_weight_brotli=4.0,
            weight_bytes=artifact.files[0].size_bytes,
            overhead_bytes=0,
            sparsity=0.0,
            distinct_values=3,
            tensors=(
                TensorReport(
                    name="net/dense/kernel",
                    dtype="uint8",
                    shape=(1, artifact.files[0].size_bytes),
                    size_bytes=artifact.files[0].size_bytes,
                    quantized=True,
                    is_kernel=True,
                    zeros=0,
                    distinct=3,
                ),
            ),
        )

    def warm_up(self, encodings):
        self._at("warm_up", "")

    def versions(self, targets):
        return {"fake": "1"}

    def close(self):
        self.calls.append(("close", ""))


@dataclass
class _FakePrepared:
    stages: FakeStages
    target: Target
    graph: Graph

    def write(self, encoding, folder):
        self.stages._at("encode", f"{encoding.name}@{self.target}")
        content = f"{self.graph.graph_def} {encoding.name}".encode() * 10
        return _write(self.target, encoding.name, folder, content, SIGNATURE)


def _write(target, encoding, folder, content, signature):
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    files = (ArtifactFile("model.bin", len(content), digest),)
    return Artifact(target, encoding, folder, files, digest, signature)


def _raise(error):
    raise error


def busy():
    """Keep a core busy for that long, however often it is taken away meanwhile."""
    end = time.process_time() + 0.6
    while time.process_time() < end:
        pass


def eat():
    eaten = []
    while True:
        eaten.append(b"x" * 20_000_000)
        time.sleep(0.02)


def litter():
    with tempfile.NamedTemporaryFile(prefix="litter", delete=False):
        pass


def full_disk():
    error = ConversionError("TensorFlow cannot write")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    return error


FAULTS = {
    "segfault": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "hang": lambda: time.sleep(3600),
    "slow": lambda: time.sleep(0.05),
    "busy": busy,
    "eat": eat,
    "litter": litter,
    "exit": lambda: os._exit(7),
    "source": lambda: _raise(SourceError("no such model", where="fake.yaml:3")),
    "unsupported": lambda: _raise(UnsupportedOpError("Kernel 'X' is missing")),
    "disk": lambda: _raise(full_disk()),
    "bug": lambda: _raise(ZeroDivisionError("division by zero\nmore")),
}

if __name__ == "__main__":
    from sizewise.run import worker

    wanted = [argument.split("=") for argument in sys.argv[1:]]
    faults = {tuple(where.split("/")): FAULTS[what] for where, what in wanted}
    worker.main(FakeStages(faults))
