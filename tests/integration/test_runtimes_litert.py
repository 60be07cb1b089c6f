"""LiteRT against TensorFlow, on files of TensorFlow's own converter."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import pickle
import subprocess
import sys

import numpy as np
import pytest

from sizewise.domain import Target
from sizewise.errors import DataError, RuntimeCrashError
from sizewise.runtimes.litert import LiteRtRuntime
from support.runtime_models import Case, artifact, reference

RUNTIME = LiteRtRuntime()


def network():
    """Two outputs of one network; sorted, their names are not in the order of the graph."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    kernel = 0.5 * rng.normal(size=(3, 3, 1, 4)).astype(np.float32)
    dense = 0.1 * rng.normal(size=(64, 4)).astype(np.float32)

    def call(x):
        y = tf.nn.relu(tf.nn.conv2d(x, kernel, 2, "SAME"))
        logits = tf.reshape(y, [-1, 64]) @ dense
        return {"probabilities": tf.nn.softmax(logits), "logits": logits}

    return call, {"x": rng.normal(size=(70, 8, 8, 1)).astype(np.float32)}


def case(folder, call, inputs, configure=lambda _: None, *, rows=None, signature=True):
    """A ``.tflite`` of ``call``, which has no variables, with what TensorFlow gives."""
    import tensorflow as tf

    types = {
        name: "string" if array.dtype == object else array.dtype for name, array in inputs.items()
    }
    function = tf.function(call, autograph=False)
    concrete = function.get_concrete_function(
        **{
            name: tf.TensorSpec([rows, *array.shape[1:]], types[name], name=name)
            for name, array in inputs.items()
        }
    )
    owner = tf.Module() if signature else None
    # Without an owner, the file gets no signature.
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], owner)
    configure(converter)
    entry = folder / "model.tflite"
    entry.write_bytes(converter.convert())
    outputs = reference(function, inputs, rows)
    return Case(artifact(Target.TFLITE, entry, inputs, outputs, rows), inputs, outputs)


def float16(converter):
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]


def dynamic(converter):
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]


def int8(converter):
    dynamic(converter)
    _, inputs = network()
    converter.representative_dataset = lambda: ([x[None]] for x in inputs["x"])


def integer_ends(converter):
    import tensorflow as tf

    int8(converter)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8


def int16_ends(converter):
    import tensorflow as tf

    int8(converter)
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    ]
    converter.inference_input_type = tf.int16
    converter.inference_output_type = tf.int16


def custom(converter):
    converter.allow_custom_ops = True


def select(converter):
    import tensorflow as tf

    converter.target_spec.supported_ops = [tf.lite.OpsSet.SELECT_TF_OPS]


def assert_close(execution, case, tolerance):
    assert sorted(execution.outputs) == sorted(case.outputs)
    for name, wanted in case.outputs.items():
        got = execution.outputs[name]
        assert got.shape == wanted.shape
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, wanted, atol=tolerance)
        assert got.std() > 0.1


# Half a step of 8 bits in weights and activations adds up to a few hundredths of outputs of
# deviation 1.
@pytest.mark.parametrize(
    ("configure", "tolerance"),
    [
        (lambda _: None, 1e-5),
        (float16, 5e-3),
        (dynamic, 5e-2),
        (int8, 1e-1),
        (integer_ends, 1e-1),
        (int16_ends, 5e-2),
    ],
    ids=["float32", "float16", "dynamic", "int8", "integer_ends", "int16_ends"],
)
def test_outputs_are_those_of_tensorflow(tmp_path, configure, tolerance):
    made = case(tmp_path, *network(), configure)
    execution = RUNTIME.execute(made.artifact, made.inputs, batch_size=32, latency_runs=3)
    assert_close(execution, made, tolerance)
    assert execution.runtime == "litert"
    assert execution.load_seconds > 0
    assert len(execution.latencies_seconds) == 3
    assert min(execution.latencies_seconds) > 0


def test_batches_change_nothing(tmp_path):
    made = case(tmp_path, *network(), dynamic)
    one = RUNTIME.execute(made.artifact, made.inputs, batch_size=1).outputs
    many = RUNTIME.execute(made.artifact, made.inputs, batch_size=32).outputs
    for name, values in one.items():
        np.testing.assert_allclose(many[name], values, atol=1e-6)


def test_a_fixed_batch_is_padded(tmp_path):
    made = case(tmp_path, *network(), rows=4)
    assert_close(RUNTIME.execute(made.artifact, made.inputs), made, 1e-5)


def test_the_file_says_whether_the_batch_is_fixed(tmp_path):
    made = case(tmp_path, *network(), rows=4)
    specs = tuple(
        dataclasses.replace(spec, shape=(None, *spec.shape[1:]))
        for spec in made.artifact.signature.inputs
    )
    signature = dataclasses.replace(made.artifact.signature, inputs=specs)
    loose = dataclasses.replace(made.artifact, signature=signature)
    assert_close(RUNTIME.execute(loose, made.inputs), made, 1e-5)


def test_inputs_and_outputs_of_equal_shape_are_bound_by_name(tmp_path):
    rng = np.random.default_rng(1)
    inputs = {name: rng.normal(size=(6, 3)).astype(np.float32) for name in ("z", "a", "m")}
    made = case(
        tmp_path, lambda z, a, m: {"y": z - 2 * a, "b": z + 3 * a - m, "k": m * 5 + z}, inputs
    )
    assert_close(RUNTIME.execute(made.artifact, made.inputs), made, 1e-5)


@pytest.mark.parametrize("rows", [None, 4])
def test_a_file_without_a_signature_is_bound_in_the_order_of_names(tmp_path, rows):
    rng = np.random.default_rng(2)
    inputs = {name: rng.normal(size=(6, 3)).astype(np.float32) for name in ("z", "a")}
    made = case(
        tmp_path,
        lambda z, a: {"b": z - 2 * a, "c": z + 3 * a},
        inputs,
        rows=rows,
        signature=False,
    )
    assert_close(RUNTIME.execute(made.artifact, made.inputs), made, 1e-5)


def test_integers_booleans_and_text_stay_what_they_are(tmp_path):
    import tensorflow as tf

    inputs = {
        "i": np.array([[1], [2**40], [3]]),
        "text": np.array([["yes"], ["nö"], ["x"]], object),
    }
    made = case(
        tmp_path,
        lambda i, text: {"next": i + 1, "big": i > 2, "text": tf.reshape(text, [-1])},
        inputs,
    )
    outputs = RUNTIME.execute(made.artifact, inputs).outputs
    assert outputs["next"].dtype == np.int64
    assert outputs["big"].dtype == bool
    for name, wanted in made.outputs.items():
        np.testing.assert_array_equal(outputs[name], wanted)


WITHOUT_TENSORFLOW = """
import pickle, sys
from sizewise.errors import UnsupportedOpError
from sizewise.runtimes.litert import LiteRtRuntime

artifact, inputs = pickle.load(sys.stdin.buffer)
try:
    LiteRtRuntime().execute(artifact, inputs)
except UnsupportedOpError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("configure", "op"), [(custom, "MatrixDeterminant"), (select, "FlexMatrixDeterminant")]
)
def test_a_missing_op_is_named(tmp_path, configure, op):
    import tensorflow as tf

    x = {"x": np.eye(3, dtype=np.float32)[None]}
    made = case(tmp_path, lambda x: {"y": tf.linalg.det(x)}, x, configure)
    answer = subprocess.run(
        [sys.executable, "-c", WITHOUT_TENSORFLOW],
        input=pickle.dumps((made.artifact, made.inputs)),
        capture_output=True,
        check=True,
    )
    assert answer.stdout.decode().strip() == f"LiteRT has no {op}"


def test_select_ops_run_where_tensorflow_is_loaded(tmp_path):
    import tensorflow as tf

    x = {"x": np.random.default_rng(3).normal(size=(5, 3, 3)).astype(np.float32)}
    made = case(tmp_path, lambda x: {"y": tf.linalg.det(x)}, x, select)
    assert_close(RUNTIME.execute(made.artifact, made.inputs), made, 1e-5)


def test_a_file_that_is_none_is_a_crash(tmp_path):
    made = case(tmp_path, *network())
    made.artifact.entry.write_bytes(b"no flatbuffer" * 20)
    with pytest.raises(RuntimeCrashError, match=r"LiteRT: .*Flatbuffer"):
        RUNTIME.execute(made.artifact, made.inputs)


def test_names_that_the_file_lacks_are_refused(tmp_path):
    made = case(tmp_path, *network())
    specs = tuple(
        dataclasses.replace(spec, name=f"other_{spec.name}")
        for spec in made.artifact.signature.outputs
    )
    signature = dataclasses.replace(made.artifact.signature, outputs=specs)
    with pytest.raises(RuntimeCrashError, match="names logits, probabilities instead of other_"):
        RUNTIME.execute(dataclasses.replace(made.artifact, signature=signature), made.inputs)


def test_samples_that_do_not_fit_are_refused(tmp_path):
    made = case(tmp_path, *network())
    with pytest.raises(DataError, match="the model takes x"):
        RUNTIME.execute(made.artifact, {"y": made.inputs["x"]})
    with pytest.raises(DataError, match="takes float32, the samples are object"):
        RUNTIME.execute(made.artifact, {"x": made.inputs["x"].astype(object)})


def test_the_version_is_that_of_the_package():
    assert RUNTIME.versions() == {"ai-edge-litert": importlib.metadata.version("ai-edge-litert")}
