"""``.tflite`` sources whose inputs and outputs are integers, judged as they are."""

from __future__ import annotations

import numpy as np
import pytest

import sizewise
from sizewise.affine import quantize
from sizewise.domain import Samples, SourceKind
from sizewise.models import open_source, reference
from support.made import normal
from support.sources import stored

SUITE = """\
suite: integers
models:
  reals: {source: net.tflite, data: reals.npz, metric: mae}
  stored: {source: net.tflite, data: stored.npz, metric: mae}
"""


def call(x):
    import tensorflow as tf

    hidden = tf.nn.relu(x @ normal(6, 16, seed=1))
    return {"y": hidden @ normal(16, 3, seed=2)}


@pytest.fixture(scope="module", params=["int8", "uint8"])
def integers(request, tmp_path_factory):
    """A file of TensorFlow's converter with integers at both ends, and real samples for it."""
    import tensorflow as tf

    x = normal(60, 6)
    function = tf.function(call).get_concrete_function(x=tf.TensorSpec((None, 6), name="x"))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], tf.Module())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([row[None]] for row in x)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = getattr(tf, request.param)
    file = tmp_path_factory.mktemp(request.param) / "net.tflite"
    file.write_bytes(converter.convert())
    details = tf.lite.Interpreter(str(file)).get_input_details()[0]
    whole = quantize(x, np.dtype(request.param), *details["quantization"])
    return file, request.param, x, whole


def test_the_signature_says_what_the_file_holds(integers):
    file, dtype, _, _ = integers
    signature = open_source(stored(SourceKind.TFLITE, file)).signature
    for spec in (*signature.inputs, *signature.outputs):
        assert (spec.dtype, spec.is_quantized) == (dtype, True)


def test_the_reference_is_in_real_numbers_whichever_the_samples_are(integers):
    file, _, x, whole = integers
    model = open_source(stored(SourceKind.TFLITE, file))
    exact = call(x)["y"].numpy()
    found = reference(model, Samples({"x": x}))["y"]
    assert found.dtype == np.float32
    assert np.abs(found - exact).max() < 0.05 * np.abs(exact).max()
    np.testing.assert_array_equal(reference(model, Samples({"x": whole}))["y"], found)


@pytest.mark.parametrize("integers", ["uint8"], indirect=True)
def test_a_suite_takes_real_samples_and_stored_ones(integers, tmp_path):
    file, _, x, whole = integers
    (tmp_path / "net.tflite").write_bytes(file.read_bytes())
    (tmp_path / "suite.yaml").write_text(SUITE)
    exact = call(x)["y"].numpy()
    np.savez(tmp_path / "reals.npz", x=x, y=exact)
    np.savez(tmp_path / "stored.npz", x=whole, y=exact)
    run = sizewise.run(tmp_path / "suite.yaml", output=tmp_path / "runs")
    assert [row.status for row in run.records] == ["ok", "ok"], run.records
    for row in run.records:
        # Of a step of the output, which the two interpreters may round otherwise.
        assert row.max_abs_error < np.ptp(exact) / 255 * 1.5
        assert row.metric_value < 0.02 * np.abs(exact).max()
    first, second = run.records
    assert first.metric_value == second.metric_value
