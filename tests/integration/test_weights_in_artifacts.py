"""Weights read back from artifacts that the upstream converters wrote, against known weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sizewise.domain import Artifact, ArtifactFile, Signature, Target
from sizewise.measure import measure_sizes, read_weights
from sizewise.storage import sha256_of

KERNELS = {"conv": (3, 3, 3, 8), "depthwise": (3, 3, 8, 1), "dense": (512, 10)}
ZEROS = {"conv": 108, "depthwise": 24, "dense": 2560}
DENSE_VALUES = 16
BIASES = 8 + 8 + 10
ELEMENTS = sum(int(np.prod(shape)) for shape in KERNELS.values())
SPARSITY = sum(ZEROS.values()) / ELEMENTS


def known_kernel(name):
    """Values whose size lies in [0.5, 1], so that rounding adds no zero, and zeros among them."""
    generator = np.random.default_rng(len(name))
    size = int(np.prod(KERNELS[name]))
    values = generator.uniform(0.5, 1, size) * generator.choice([-1, 1], size)
    if name == "dense":
        steps = np.linspace(0.5, 1, DENSE_VALUES - 1) * np.resize([1, -1], DENSE_VALUES - 1)
        values = generator.permutation(np.resize(steps, size))
    values[generator.choice(size, ZEROS[name], replace=False)] = 0
    return values.reshape(KERNELS[name]).astype(np.float32)


def artifact_in(folder: Path) -> Artifact:
    target = Target.TFLITE if (folder / "model.tflite").exists() else Target.TFJS
    entry = "model.tflite" if target is Target.TFLITE else "model.json"
    paths = sorted(folder.iterdir(), key=lambda path: (path.name != entry, path.name))
    files = tuple(ArtifactFile(p.name, p.stat().st_size, sha256_of(p)) for p in paths)
    return Artifact(target, "as written", folder, files, "0" * 64, Signature("serve", (), ()))


@pytest.fixture(scope="module")
def model():
    import tf_keras

    layers = {
        "conv": tf_keras.layers.Conv2D(8, 3, padding="same", activation="relu"),
        "depthwise": tf_keras.layers.DepthwiseConv2D(3, padding="same"),
        "dense": tf_keras.layers.Dense(10),
    }
    made = tf_keras.Sequential(
        [
            tf_keras.Input((8, 8, 3)),
            layers["conv"],
            layers["depthwise"],
            tf_keras.layers.Flatten(),
            layers["dense"],
        ]
    )
    for name, layer in layers.items():
        bias = np.linspace(0.1, 1, int(layer.bias.shape[0]))
        layer.set_weights([known_kernel(name), bias])
    return made


@pytest.fixture(scope="module")
def tfjs(model, tmp_path_factory):
    """The model as TF.js graph models, by encoding, as upstream's converter writes them."""
    return write_tfjs(
        model,
        (None, 8, 8, 3),
        tmp_path_factory.mktemp("tfjs"),
        {
            "float32": {},
            "float16": {"quantization_dtype_map": {"float16": True}},
            "uint16": {"quantization_dtype_map": {"uint16": True}},
            "uint8": {"quantization_dtype_map": {"uint8": True}},
        },
    )


def write_tfjs(model, shape, folder, options):
    import tensorflow as tf
    from tensorflowjs.converters import tf_saved_model_conversion_v2 as upstream

    saved = folder / "saved_model"
    tf.saved_model.save(model, str(saved), signatures=traced(model, shape))
    for name, chosen in options.items():
        upstream.convert_tf_saved_model(str(saved), str(folder / name), **chosen)
    return {name: artifact_in(folder / name) for name in options}


def traced(model, shape):
    import tensorflow as tf

    function = tf.function(lambda x: model(x, training=False))
    return function.get_concrete_function(tf.TensorSpec(shape, tf.float32))


@pytest.fixture(scope="module")
def tflite(model, tmp_path_factory):
    """The model as TFLite files, by encoding, as tf.lite writes them."""
    import tensorflow as tf

    def calibration():
        generator = np.random.default_rng(0)
        for _ in range(8):
            yield [generator.normal(size=(1, 8, 8, 3)).astype(np.float32)]

    smaller = [tf.lite.Optimize.DEFAULT]
    options = {
        "float32": {},
        "float16": {"optimizations": smaller},
        "dynamic_int8": {"optimizations": smaller},
        "int8": {"optimizations": smaller, "representative_dataset": calibration},
        "sparse": {"optimizations": [tf.lite.Optimize.EXPERIMENTAL_SPARSITY]},
    }
    folder = tmp_path_factory.mktemp("tflite")
    return {
        name: write_tflite(model, (1, 8, 8, 3), folder / name, half=name == "float16", **chosen)
        for name, chosen in options.items()
    }


def write_tflite(model, shape, folder, *, half=False, lower_control_flow=True, **options):
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    frozen = convert_variables_to_constants_v2(
        traced(model, shape), lower_control_flow=lower_control_flow
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen], tf.Module())
    for name, value in options.items():
        setattr(converter, name, value)
    if half:
        converter.target_spec.supported_types = [tf.float16]
    folder.mkdir()
    (folder / "model.tflite").write_bytes(converter.convert())
    return artifact_in(folder)


def kernels_by_size(report):
    return {tensor.elements: tensor for tensor in report.tensors if tensor.is_kernel}


def check_zeros(report):
    kernels = kernels_by_size(report)
    assert {size: kernel.zeros for size, kernel in kernels.items()} == {
        int(np.prod(shape)): ZEROS[name] for name, shape in KERNELS.items()
    }
    assert report.sparsity == pytest.approx(SPARSITY)
    return {name: kernels[int(np.prod(shape))] for name, shape in KERNELS.items()}


@pytest.mark.parametrize(
    ("encoding", "width"), [("float32", 4), ("float16", 2), ("uint16", 2), ("uint8", 1)]
)
def test_tfjs(tfjs, encoding, width):
    artifact = tfjs[encoding]
    report = read_weights(artifact)
    kernels = check_zeros(report)
    for name, kernel in kernels.items():
        assert kernel.shape == KERNELS[name]
        assert kernel.dtype == encoding
        assert kernel.quantized == encoding.startswith("uint")
        assert kernel.size_bytes == width * kernel.elements
    assert kernels["dense"].distinct == DENSE_VALUES
    assert report.distinct_values == max(kernel.distinct for kernel in kernels.values())
    # The target shape of the flattening is the only other constant: two int32.
    assert report.weight_bytes == width * (ELEMENTS + BIASES) + 8
    shards = [file for file in artifact.files if file.path.endswith(".bin")]
    assert report.weight_bytes == sum(file.size_bytes for file in shards)
    assert report.overhead_bytes == artifact.files[0].size_bytes


def test_tfjs_float32_counts_the_distinct_values_of_the_source(tfjs):
    kernels = kernels_by_size(read_weights(tfjs["float32"]))
    for name, shape in KERNELS.items():
        assert kernels[int(np.prod(shape))].distinct == len(np.unique(known_kernel(name)))


@pytest.mark.parametrize(
    ("encoding", "stored"),
    [
        ("float32", {"conv": "float32", "depthwise": "float32", "dense": "float32"}),
        ("float16", {"conv": "float16", "depthwise": "float16", "dense": "float16"}),
        # tf.lite leaves kernels of fewer than 1,024 elements as they are.
        ("dynamic_int8", {"conv": "float32", "depthwise": "float32", "dense": "int8"}),
        ("int8", {"conv": "int8", "depthwise": "int8", "dense": "int8"}),
    ],
)
def test_tflite(tflite, encoding, stored):
    width = {"float32": 4, "float16": 2, "int8": 1}
    report = read_weights(tflite[encoding])
    kernels = check_zeros(report)
    for name, kernel in kernels.items():
        assert kernel.dtype == stored[name]
        assert kernel.quantized == (stored[name] == "int8")
        assert kernel.size_bytes == width[kernel.dtype] * kernel.elements
    # One scale for the whole of a matrix keeps its clusters; one for each row may not.
    if encoding != "int8":
        assert kernels["dense"].distinct == DENSE_VALUES
    assert report.weight_bytes == sum(tensor.size_bytes for tensor in report.tensors)
    raw = tflite[encoding].files[0].size_bytes
    assert 0 < report.overhead_bytes == raw - report.weight_bytes


@pytest.mark.parametrize("encoding", ["float32", "float16", "dynamic_int8", "int8"])
def test_tflite_constants_are_what_the_interpreter_sees(tflite, encoding):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(tflite[encoding].entry))
    interpreter.allocate_tensors()
    seen = {detail["name"]: detail for detail in interpreter.get_tensor_details()}
    report = read_weights(tflite[encoding])
    assert len(report.tensors) > len(KERNELS)
    for tensor in report.tensors:
        detail = seen[tensor.name]
        values = interpreter.get_tensor(detail["index"])
        zero_point = detail["quantization_parameters"]["zero_points"]
        assert tensor.shape == tuple(detail["shape"])
        assert tensor.dtype == values.dtype.name
        assert tensor.size_bytes == values.nbytes
        assert tensor.distinct == len(np.unique(values))
        assert not np.any(zero_point)
        assert tensor.zeros == np.count_nonzero(values == 0)


def test_a_sparse_tflite_file_keeps_its_zeros_without_storing_them(tflite):
    report = read_weights(tflite["sparse"])
    dense = check_zeros(report)["dense"]
    assert dense.size_bytes < 4 * dense.elements
    assert dense.distinct == DENSE_VALUES


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_recurrent_kernels_are_found_in_loops(cell, tmp_path):
    import tf_keras

    model = tf_keras.Sequential(
        [tf_keras.Input((5, 3)), getattr(tf_keras.layers, cell)(4), tf_keras.layers.Dense(2)]
    )
    gates = {"LSTM": 4, "GRU": 3}[cell]
    sizes = sorted([3 * 4 * gates, 4 * 4 * gates, 4 * 2])

    def found(artifact):
        return sorted(t.elements for t in read_weights(artifact).tensors if t.is_kernel)

    lite = write_tflite(model, (1, 5, 3), tmp_path / "lite", lower_control_flow=False)
    assert found(lite) == sizes
    written = write_tfjs(
        model,
        (None, 5, 3),
        tmp_path,
        {"lowered": {"control_flow_v2": False}, "functions": {"control_flow_v2": True}},
    )
    for artifact in written.values():
        assert found(artifact) == sizes


@pytest.mark.parametrize("encoding", ["float32", "uint8"])
def test_sizes_of_a_real_artifact(tfjs, encoding):
    artifact = tfjs[encoding]
    sizes = measure_sizes(artifact)
    assert sizes.raw == sum(path.stat().st_size for path in artifact.folder.iterdir())
    assert sizes.brotli < sizes.raw
    assert sizes.gzip < sizes.raw
