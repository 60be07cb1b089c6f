"""Four TFLite encodings of MobileNetV2, against four of TensorFlow's converters.

Theirs open the SavedModel for each encoding, as the guides do: in one process, and in four.
"""

import shutil
import subprocess
import sys
import time

import pytest

ENCODINGS = ("float32", "float16", "dynamic_int8", "int8")

OURS = """
import sys
import numpy as np
from pathlib import Path
from sizewise.convert import CONVERTERS, freeze
from sizewise.domain import *
from sizewise.models import open_source

model = open_source(Source(SourceKind.SAVED_MODEL, sys.argv[1]))
name = model.signature.inputs[0].name
images = np.random.default_rng(0).random((16, 224, 224, 3), np.float32)
samples = Samples({name: images})
converter = CONVERTERS[Target.TFLITE]()
prepared = converter.prepare(freeze(model), Data(samples, samples))
for encoding in sys.argv[3:]:
    converter.write(prepared, Encoding(encoding), Path(sys.argv[2], encoding))
"""

THEIRS = """
import sys
import numpy as np, tensorflow as tf
from pathlib import Path

images = np.random.default_rng(0).random((16, 224, 224, 3), np.float32)
for encoding in sys.argv[3:]:
    converter = tf.lite.TFLiteConverter.from_saved_model(sys.argv[1])
    if encoding != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if encoding == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if encoding == "int8":
        converter.representative_dataset = lambda: ([image[None]] for image in images)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    folder = Path(sys.argv[2], encoding)
    folder.mkdir(parents=True)
    (folder / "model.tflite").write_bytes(converter.convert())
"""


def seconds(folder, *commands):
    shutil.rmtree(folder, ignore_errors=True)
    start = time.perf_counter()
    for command in commands:
        subprocess.run(command, check=True, capture_output=True)
    taken = time.perf_counter() - start
    assert len(list(folder.glob("*/model.tflite"))) == len(ENCODINGS)
    return taken


@pytest.mark.timeout(1200)
def test_four_encodings(benchmark, ratio, mobilenet, tmp_path):
    folder = tmp_path / "ours"
    ours = [sys.executable, "-c", OURS, mobilenet, folder, *ENCODINGS]
    benchmark.pedantic(seconds, (folder, ours), rounds=2)
    median = benchmark.stats.stats.median

    folder = tmp_path / "theirs"
    start = [sys.executable, "-c", THEIRS, mobilenet, folder]
    together = seconds(folder, [*start, *ENCODINGS])
    apart = seconds(folder, *([*start, encoding] for encoding in ENCODINGS))
    what = "four TFLiteConverters of MobileNetV2"
    ratio(f"{what}, in one process", "ours", together / median, at_least=1.5)
    ratio(f"{what}, in a process each", "ours", apart / median, at_least=3)
