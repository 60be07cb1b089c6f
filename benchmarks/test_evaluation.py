"""1,000 keyword samples through TensorFlow.js WASM: our worker, and a bare script in Node."""

import os
import statistics
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import Data, Encoding, Samples, Source, SourceKind, Target
from sizewise.models import open_source

HERE = Path(__file__).resolve().parent
ROWS, ROUNDS = 100, 15


@pytest.fixture(scope="module")
def kws():
    folder = Path(os.environ.get("SIZEWISE_KWS", HERE.parent.parent / "shared" / "data" / "kws"))
    if not (folder / "kws01.npz").is_file():
        pytest.skip("no keyword-spotting data: set SIZEWISE_KWS to its folder")
    return folder


def test_evaluation_through_the_worker(benchmark, ratio, kws, tmp_path):
    from sizewise.runtimes.node.install import installation, node_program
    from sizewise.runtimes.node.runtime import NodeRuntime

    model = open_source(Source(SourceKind.SAVED_MODEL, str(kws / "saved_model")))
    converter = CONVERTERS[Target.TFJS]()
    prepared = converter.prepare(freeze(model), Data(Samples({}), Samples({})))
    artifact = converter.write(prepared, Encoding("float32"), tmp_path / "web")
    samples = np.load(kws / "kws01.npz")["x"]
    (tmp_path / "samples").write_bytes(samples.tobytes())
    inputs = {artifact.signature.inputs[0].name: samples}
    bare = [node_program()[0], HERE / "bare.mjs", installation(), tmp_path / "web"]
    bare += [tmp_path / "samples", str(ROWS), str(ROUNDS), *map(str, samples.shape[1:])]

    def theirs():
        done = subprocess.run(bare, check=True, capture_output=True, text=True)
        # The first rounds compile: both sides are measured warm.
        return [float(line) for line in done.stdout.split()][3:]

    runtime = NodeRuntime("wasm")

    def ours():
        start = time.perf_counter()
        runtime.execute(artifact, inputs, batch_size=ROWS, latency_runs=0)
        return time.perf_counter() - start

    try:
        [ours() for _ in range(3)]
        before = theirs()
        benchmark.pedantic(ours, rounds=ROUNDS)
        reference = statistics.median([*before, *theirs()])
    finally:
        runtime.close()
    ratio(
        "1,000 keyword samples in TF.js WASM, through the worker",
        "a bare script in Node",
        benchmark.stats.stats.median / reference,
        at_most=1.15,
    )
