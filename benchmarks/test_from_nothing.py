"""Twelve TensorFlow.js artifacts of one SavedModel, from nothing: ours, and upstream's command.

Both start new processes, so that imports count: ours one for all, upstream's one for each artifact,
as its command line has it. Upstream's pruned models are saved beforehand, off the clock.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

TRANSFORMS = {"none": None, "prune50": 0.5, "prune80": 0.8}
ENCODINGS = ("float32", "float16", "uint16", "uint8")

OURS = """
import sys
from pathlib import Path
from sizewise.compress import apply_transform
from sizewise.convert import CONVERTERS, final_graph, freeze
from sizewise.domain import *
from sizewise.models import open_source

graph = freeze(open_source(Source(SourceKind.SAVED_MODEL, sys.argv[1])))
final, nothing = None, Samples({})
for name, sparsity in {"none": None, "prune50": 0.5, "prune80": 0.8}.items():
    variant = graph
    if sparsity is not None:
        final = final or final_graph(graph)
        variant = apply_transform(Transform((Prune(sparsity),)), final, nothing)
    converter = CONVERTERS[Target.TFJS]()
    prepared = converter.prepare(variant, Data(nothing, nothing))
    for encoding in ("float32", "float16", "uint16", "uint8"):
        converter.write(prepared, Encoding(encoding), Path(sys.argv[2], name, encoding))
"""

PRUNE = """
import sys
import numpy as np, tf_keras
model = tf_keras.models.load_model(sys.argv[1])
for layer in model.layers:
    values = layer.get_weights()
    for index, value in enumerate(values):
        if value.ndim >= 2:
            limit = np.quantile(np.abs(value), float(sys.argv[3]))
            values[index] = np.where(np.abs(value) <= limit, 0, value)
    layer.set_weights(values)
model.export(sys.argv[2])
"""


@pytest.fixture(scope="module")
def pruned(tmp_path_factory):
    """The model, and two pruned copies, each as a SavedModel."""
    import tf_keras

    folder = tmp_path_factory.mktemp("pruned")
    tf_keras.applications.MobileNetV2(weights=None).save(folder / "keras.h5")
    models = {}
    for name, sparsity in TRANSFORMS.items():
        models[name] = folder / name
        command = [sys.executable, "-c", PRUNE, folder / "keras.h5", models[name]]
        subprocess.run([*command, str(sparsity or 0)], check=True, capture_output=True)
    return models


def seconds(*commands):
    start = time.perf_counter()
    for command in commands:
        subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def upstream(models, folder):
    tool = Path(sys.executable).with_name("tensorflowjs_converter")
    for name, model in models.items():
        for encoding in ENCODINGS:
            quantize = [] if encoding == "float32" else [f"--quantize_{encoding}=*"]
            yield [
                *(tool, "--input_format=tf_saved_model", *quantize),
                *(model, folder / name / encoding),
            ]


@pytest.mark.timeout(1200)
def test_twelve_artifacts_from_nothing(benchmark, ratio, pruned, tmp_path):
    ours = [sys.executable, "-c", OURS, pruned["none"], tmp_path / "ours"]
    benchmark.pedantic(
        seconds,
        (ours,),
        setup=lambda: shutil.rmtree(tmp_path / "ours", ignore_errors=True),
        rounds=2,
    )
    theirs = seconds(*upstream(pruned, tmp_path / "upstream"))
    assert len(list((tmp_path / "ours").glob("*/*/model.json"))) == 12
    assert len(list((tmp_path / "upstream").glob("*/*/model.json"))) == 12
    ratio(
        "upstream's command, 12 times, MobileNetV2 to TF.js",
        "ours, once for all",
        theirs / benchmark.stats.stats.median,
        at_least=10,
    )
