"""TF.js graph models of a few bytes, each byte known."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from sizewise.domain import Pattern
from sizewise.errors import ConversionError
from sizewise.measure import read_weights

MATMUL = [
    {"name": "x", "op": "Placeholder"},
    {"name": "kernel", "op": "Const"},
    {"name": "y", "op": "MatMul", "input": ["x", "kernel"]},
    {"name": "bias", "op": "Const"},
    {"name": "z", "op": "BiasAdd", "input": ["y", "bias"]},
]
KERNEL = np.array([[0, 1, -0.0], [2, 2, 0]], "<f4")


def entry(name="kernel", shape=(2, 3), dtype="float32", quantization=None):
    made = {"name": name, "shape": list(shape), "dtype": dtype}
    return made | ({"quantization": quantization} if quantization else {})


def test_float32_is_counted_as_it_stands(tfjs_of):
    bias = np.array([0, 5, 6], "<f4")
    artifact = tfjs_of([entry(), entry("bias", [3])], KERNEL.tobytes() + bias.tobytes(), MATMUL)
    report = read_weights(artifact)
    assert report.weight_bytes == 36
    assert report.overhead_bytes == artifact.files[0].size_bytes
    assert (report.sparsity, report.distinct_values) == (0.5, 3)
    kernel, other = report.tensors
    assert (kernel.name, kernel.dtype, kernel.shape) == ("kernel", "float32", (2, 3))
    assert (kernel.size_bytes, kernel.quantized, kernel.is_kernel) == (24, False, True)
    assert (kernel.zeros, kernel.distinct) == (3, 3)
    assert (other.is_kernel, other.zeros, other.distinct) == (False, 1, 3)
    assert (kernel.used_by, other.used_by) == ("y", "z")


@pytest.mark.parametrize("kind", ["uint8", "uint16"])
@pytest.mark.parametrize("zero_level", [0, 100, 255])
def test_a_quantized_zero_is_the_level_that_decodes_to_zero(tfjs_of, kind, zero_level):
    # As upstream nudges it: the minimum is a whole multiple of the scale.
    scale = 2.54 / 255
    levels = np.array([zero_level, zero_level, 1, 254, 7, zero_level], kind)
    packing = {"dtype": kind, "scale": scale, "min": -zero_level * scale}
    content = levels.astype(levels.dtype.newbyteorder("<")).tobytes()
    (tensor,) = read_weights(tfjs_of([entry(quantization=packing)], content, MATMUL)).tensors
    assert (tensor.dtype, tensor.quantized, tensor.is_kernel) == (kind, True, True)
    assert (tensor.size_bytes, tensor.zeros, tensor.distinct) == (len(content), 3, 4)


def test_a_quantized_zero_may_be_rounded_but_no_level_beside_it_is_zero(tfjs_of):
    packing = {"dtype": "uint8", "scale": 0.01, "min": np.float32(-1.0).item() + 1e-9}
    content = bytes([99, 100, 101, 100, 0, 255])
    (tensor,) = read_weights(tfjs_of([entry(quantization=packing)], content, MATMUL)).tensors
    assert tensor.zeros == 2


def test_weights_off_zero_have_no_zeros(tfjs_of):
    packing = {"dtype": "uint8", "scale": 0.01, "min": 0.3}
    (tensor,) = read_weights(tfjs_of([entry(quantization=packing)], bytes(6), MATMUL)).tensors
    assert (tensor.zeros, tensor.distinct) == (0, 1)


def test_scale_and_minimum_may_be_whole_numbers(tfjs_of):
    packing = {"dtype": "uint8", "scale": 1, "min": 0}
    artifact = tfjs_of([entry(quantization=packing)], bytes([0, 0, 1, 2, 3, 4]), MATMUL)
    assert read_weights(artifact).sparsity == pytest.approx(2 / 6)


def test_float16_counts_what_vanished(tfjs_of):
    half = np.array([1e-9, 1, 2, 3, 4, 5], "<f2")
    artifact = tfjs_of([entry(quantization={"dtype": "float16"})], half.tobytes(), MATMUL)
    (tensor,) = read_weights(artifact).tensors
    assert (tensor.dtype, tensor.quantized, tensor.size_bytes) == ("float16", False, 12)
    assert (tensor.zeros, tensor.distinct) == (1, 6)


def test_text_is_measured_and_not_counted(tfjs_of):
    words = [b"yes", b"", b"no"]
    content = b"".join(struct.pack("<I", len(word)) + word for word in words)
    artifact = tfjs_of([entry("words", [3], "string"), entry()], content + KERNEL.tobytes(), MATMUL)
    words_report, kernel = read_weights(artifact).tensors
    assert (words_report.size_bytes, words_report.zeros, words_report.distinct) == (17, None, None)
    assert kernel.zeros == 3


@pytest.mark.parametrize(
    ("shape", "dtype"), [([6], "float32"), ([1, 1], "float32"), ([2, 3], "int32")]
)
def test_a_vector_a_single_number_and_integers_are_no_kernels(tfjs_of, shape, dtype):
    content = bytes(4 * int(np.prod(shape)))
    report = read_weights(tfjs_of([entry(shape=shape, dtype=dtype)], content, MATMUL))
    assert not report.tensors[0].is_kernel
    assert report.sparsity is None


BAD_WEIGHTS = {
    "too short": ([entry()], KERNEL.tobytes()[:-1], "end at byte 23, within weight 'kernel'"),
    "too long": ([entry()], KERNEL.tobytes() + b"x", "hold 25 bytes where .* accounts for 24"),
    "string": ([entry(shape=[2], dtype="string")], b"\xff\xff\xff\x7f", "within weight 'kernel'"),
    "huge": ([entry(shape=[10**9, 10**9])], KERNEL.tobytes(), "within weight 'kernel'"),
    "type": ([entry(dtype="float8")], KERNEL.tobytes(), "unknown type 'float8'"),
    "shape": ([entry(shape=[2, -3])], KERNEL.tobytes(), r"has the shape \[2, -3\]"),
    "fraction": ([entry(shape=[2, 3.5])], KERNEL.tobytes(), r"has the shape \[2, 3.5\]"),
    "packing": ([entry(quantization={"dtype": "int4"})], b"abc", "unknown type 'int4'"),
    "no scale": (
        [entry(quantization={"dtype": "uint8", "min": 0})],
        bytes(6),
        "'kernel' has the scale None",
    ),
    "no name": ([{"shape": [2, 3], "dtype": "float32"}], KERNEL.tobytes(), "not a TF.js graph"),
    "overflow": (
        [entry(quantization={"dtype": "uint8", "min": 0, "scale": 10**400})],
        bytes(6),
        "not a TF.js graph",
    ),
}


@pytest.mark.parametrize(("weights", "content", "message"), BAD_WEIGHTS.values(), ids=BAD_WEIGHTS)
def test_weights_that_do_not_fit_are_named(tfjs_of, weights, content, message):
    with pytest.raises(ConversionError, match=message) as caught:
        read_weights(tfjs_of(weights, content, MATMUL))
    assert caught.value.where.endswith("model.json")


BAD_DOCUMENTS = {
    "cut": (b'{"modelTopology"', "no valid JSON"),
    "nan": (b'{"modelTopology": {"node": []}, "weightsManifest": [NaN]}', "NaN is no JSON"),
    "deep": (b"[" * 100_000, "no valid JSON"),
    "bytes": (b"\xff\xfe\x00", "no valid JSON"),
    "list": (b"[1, 2]", "no object"),
    "empty": (b"{}", "not a TF.js graph model"),
    "layers": (b'{"modelTopology": {"model_config": {}}, "weightsManifest": []}', "not a TF.js"),
    "null": (b'{"modelTopology": null, "weightsManifest": []}', "not a TF.js"),
}


@pytest.mark.parametrize(("content", "message"), BAD_DOCUMENTS.values(), ids=BAD_DOCUMENTS)
def test_what_is_no_graph_model_is_refused(artifact_of, content, message):
    with pytest.raises(ConversionError, match=message):
        read_weights(artifact_of({"model.json": content}))


@pytest.mark.parametrize("path", ["group1-shard2of2.bin", "../secret.bin", "/etc/hostname"])
def test_a_shard_that_is_no_file_of_the_artifact_is_not_opened(artifact_of, path):
    document = {
        "modelTopology": {"node": MATMUL},
        "weightsManifest": [{"paths": [path], "weights": [entry()]}],
    }
    with pytest.raises(ConversionError, match="is not among the artifact's files"):
        read_weights(artifact_of({"model.json": json.dumps(document).encode()}))


# Of the two columns one has three values in its group of four, of the four rows none has.
TALL = np.array([[1, 0], [2, 0], [3, 3], [0, 0]], "<f4")


def matmul(**attributes):
    nodes = [dict(node) for node in MATMUL]
    nodes[2]["attr"] = {name: {"b": value} for name, value in attributes.items()}
    return nodes


@pytest.mark.parametrize(("transposed", "dense"), [(False, 1), (True, 0)])
def test_a_pattern_is_counted_along_the_inputs(tfjs_of, transposed, dense):
    artifact = tfjs_of([entry(shape=(4, 2))], TALL.tobytes(), matmul(transpose_b=transposed))
    (kernel,) = read_weights(artifact, pattern=Pattern(2, 4)).tensors
    assert kernel.dense_groups == dense
    assert kernel.inputs == (2 if transposed else 4)
    assert read_weights(artifact).tensors[0].dense_groups is None


@pytest.mark.parametrize(("op", "inputs"), [("Conv2D", 12), ("DepthwiseConv2dNative", None)])
def test_how_many_weights_each_output_of_a_convolution_has(tfjs_of, op, inputs):
    nodes = [dict(node) for node in MATMUL]
    nodes[2]["op"] = op
    (kernel,) = read_weights(tfjs_of([entry(shape=(2, 2, 3, 5))], bytes(240), nodes)).tensors
    assert kernel.is_kernel
    assert kernel.inputs == inputs


def test_a_pattern_is_counted_in_what_integers_stand_for(tfjs_of):
    packing = {"dtype": "uint8", "scale": 0.5, "min": -5.0}
    levels = (TALL * 2 + 10).astype("u1")
    artifact = tfjs_of([entry(shape=(4, 2), quantization=packing)], levels.tobytes(), MATMUL)
    assert read_weights(artifact, pattern=Pattern(2, 4)).tensors[0].dense_groups == 1


@pytest.mark.parametrize("op", ["DepthwiseConv2dNative", "GatherV2"])
def test_kernels_without_an_axis_of_inputs_have_no_pattern(tfjs_of, op):
    nodes = [dict(node) for node in MATMUL]
    nodes[2] |= {"op": op, "input": ["kernel", "kernel"]}
    artifact = tfjs_of([entry(shape=(4, 2))], TALL.tobytes(), nodes)
    (kernel,) = read_weights(artifact, pattern=Pattern(2, 4)).tensors
    assert (kernel.is_kernel, kernel.dense_groups) == (True, None)


def test_bits_and_wrappers_of_a_whole_artifact(tfjs_of):
    nodes = [*MATMUL, {"name": "net/prune_low_magnitude_dense/mask", "op": "Const"}]
    weights = np.zeros((100, 100), "<f4")
    report = read_weights(tfjs_of([entry(shape=(100, 100))], weights.tobytes(), nodes))
    assert report.bits_per_weight == 32
    assert 0 < report.bits_per_weight_brotli < 0.1
    assert report.quantized_share == 0
    assert report.wrappers == ("prune_low_magnitude_dense",)
