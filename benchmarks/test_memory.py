"""Peak memory of a conversion of 400 MB of weights, ours and upstream's, each in a new process.

Ours includes the checks: the model is run in TensorFlow, and the artifact, in a process of its
own, in TF.js.
"""

import subprocess
import sys

import pytest

WEIGHTS_BYTES = 400 * 1000**2

MAKE = """
import sys, numpy as np, tensorflow as tf
side = 5000  # four matrices of 100 MB
class Network(tf.Module):
    def __init__(self):
        generator = np.random.default_rng(0)
        self.kernels = [
            tf.Variable(generator.normal(size=(side, side)).astype("float32") / side**0.5)
            for _ in range(4)
        ]
    @tf.function(input_signature=[tf.TensorSpec((None, side), tf.float32, name="x")])
    def __call__(self, x):
        for kernel in self.kernels:
            x = tf.nn.relu(x @ kernel)
        return {"y": x}
network = Network()
tf.saved_model.save(network, sys.argv[1], signatures=network.__call__)
"""

OURS = """
import sys, sizewise
sizewise.convert(sys.argv[1], sys.argv[2], encoding=sys.argv[3])
"""

UPSTREAM = """
import sys
from tensorflowjs.converters.tf_saved_model_conversion_v2 import convert_tf_saved_model
quantize = None if sys.argv[3] == "float32" else {sys.argv[3]: True}
convert_tf_saved_model(sys.argv[1], sys.argv[2], quantization_dtype_map=quantize)
"""

PEAK = """
import resource
unit = 1 if sys.platform == "darwin" else 1024
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
"""


def peak_bytes(program, *arguments):
    command = [sys.executable, "-c", program + PEAK, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1])


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large") / "saved_model"
    subprocess.run([sys.executable, "-c", MAKE, folder], check=True, capture_output=True)
    return folder


@pytest.mark.timeout(600)
@pytest.mark.parametrize("encoding", ["float32", "uint8"])
def test_peak_memory(benchmark, ratio, large, tmp_path, encoding):
    theirs = peak_bytes(UPSTREAM, large, tmp_path / "upstream", encoding)
    ours = benchmark.pedantic(peak_bytes, (OURS, large, tmp_path / "ours", encoding), rounds=1)
    ratio(f"peak memory to {encoding}", "its 400 MB of weights", ours / WEIGHTS_BYTES, at_most=4)
    ratio(f"peak memory to {encoding}", "upstream's", ours / theirs, at_most=1)
