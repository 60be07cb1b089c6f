"""Calibration on the statistics of batch norms, on real graphs and down to a record's notes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support.graphs import function_of, opened, random_constant, with_values

from sizewise.api import convert
from sizewise.compress import batch_norm_statistics, round_kernels, round_weights
from sizewise.convert import CONVERTERS, final_graph, freeze
from sizewise.domain import Data, Encoding, Rounding, Samples, Target
from sizewise.errors import DataError
from sizewise.run.prepared import DATA_FREE
from sizewise.run.rooms import RealStages

GPTQ16 = Encoding("uint8-gptq-l16", rounding=Rounding.GPTQ, levels=16)
PLAIN16 = Encoding("uint8-l16", levels=16)
INT8 = Encoding("int8-gptq", rounding=Rounding.GPTQ)


@pytest.fixture(scope="module")
def images():
    """Images whose pixels vary together, of three channels with means of their own."""
    rng = np.random.default_rng(0)
    common = rng.normal(size=(64, 1, 1, 1))
    return (rng.normal([0.2, 0.5, 1], 0.5, size=(64, 8, 8, 3)) + common).astype("f4")


class _Net:
    """Convolutions with a batch norm behind each, whose statistics are those of ``images``."""

    def __init__(self, images, written_out):
        self.statistics = []
        self.written_out = written_out
        self.is_learning = True
        self(images)
        self.is_learning = False

    def __call__(self, x):
        import tensorflow as tf

        self.layer = 0
        x = tf.nn.conv2d(x, random_constant(3, 3, 3, 24), 1, "SAME")
        x = tf.nn.relu(self.norm(x, 24))
        x = tf.nn.depthwise_conv2d(x, random_constant(3, 3, 24, 1, seed=1), (1, 1, 1, 1), "SAME")
        x = tf.nn.relu6(self.norm(x, 24))
        y = tf.nn.conv2d(x, random_constant(1, 1, 24, 24, seed=2), 1, "SAME")
        x = tf.nn.relu(x + self.norm(y, 24))
        return tf.reduce_mean(x, (1, 2)) @ random_constant(24, 10, seed=3) + random_constant(10)

    def norm(self, x, channels):
        import tensorflow as tf

        gamma, beta = (random_constant(channels, seed=9 + s) + 1.0 - s for s in (0, 1))
        if self.is_learning:
            self.statistics.append([values.numpy() for values in tf.nn.moments(x, (0, 1, 2))])
        mean, variance = map(tf.constant, self.statistics[self.layer])
        self.layer += 1
        if self.written_out:
            return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-3)
        options = {"mean": mean, "variance": variance, "epsilon": 1e-3, "is_training": False}
        return tf.compat.v1.nn.fused_batch_norm(x, gamma, beta, **options)[0]


@pytest.fixture(scope="module", params=[False, True], ids=["one op", "written out"])
def net(request, images):
    import tensorflow as tf

    call = _Net(tf.constant(images), request.param)
    return opened(function_of(lambda x: {"y": call(x)}, x=[None, 8, 8, 3]))


@pytest.fixture(scope="module")
def stages():
    found = RealStages()
    yield found
    found.close()


def test_outputs_shift_less_than_by_plain_rounding(net, images, stages):
    frozen, samples = freeze(net), Samples({"x": images})
    graph = CONVERTERS[Target.TFJS]().prepare(frozen, Data(samples, samples)).graph
    exact = stages.evaluate(graph, samples)["y"]
    free = round_weights(graph, GPTQ16, batch_norm_statistics(frozen))
    plain = round_weights(graph, PLAIN16, None)
    # Every kernel was calibrated: what reaches it was found in the optimised graph.
    assert not free.notes
    off = {}
    for name, rounded in (("free", free), ("plain", plain)):
        found = stages.evaluate(with_values(graph, rounded.weights), samples)["y"]
        off[name] = found.astype(float) - exact
    shifts = {name: np.abs(each.mean(axis=0)).mean() for name, each in off.items()}
    assert shifts["free"] < 0.5 * shifts["plain"]
    assert (off["free"] ** 2).sum() < (off["plain"] ** 2).sum()


def test_kernels_of_tflite_are_found_too(net, images, stages):
    frozen, samples = freeze(net), Samples({"x": images})
    graph = final_graph(frozen)
    rounded = round_kernels(graph, INT8, batch_norm_statistics(frozen))
    exact, found = (stages.evaluate(each, samples)["y"] for each in (graph, rounded))
    assert 0 < np.abs(found - exact).max() < 0.1 * np.abs(exact).max()


def test_a_graph_without_batch_norms_is_refused(images):
    model = opened(function_of(lambda x: {"y": x @ random_constant(3, 20)}, x=[None, 3]))
    frozen = freeze(model)
    with pytest.raises(DataError, match="no samples to calibrate with, and no batch norms"):
        round_weights(frozen, GPTQ16, batch_norm_statistics(frozen))


def test_made_up_samples_are_not_calibrated_on(net, images, stages, tmp_path):
    """As a suite without data has it: the notes of the artifact are those of its record."""
    samples = Samples({"x": images})
    noise = Data(samples, samples, made_up=True)
    prepared = stages.prepare(Target.TFJS, freeze(net), noise)
    assert prepared.write(GPTQ16, tmp_path / "free").notes == (DATA_FREE,)
    assert prepared.write(PLAIN16, tmp_path / "plain").notes == ()
    real = replace(noise, made_up=False)
    on_samples = stages.prepare(Target.TFJS, freeze(net), real)
    assert on_samples.write(GPTQ16, tmp_path / "real").notes == ()


def test_a_conversion_without_samples(net, tmp_path):
    artifact = convert(net.function, tmp_path / "web", encoding="uint8-gptq-l16")
    assert DATA_FREE in artifact.notes
