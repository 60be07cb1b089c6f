"""TFLite models of a few bytes, each byte known."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from sizewise.domain import Pattern
from sizewise.errors import ConversionError
from sizewise.measure import read_weights

X = ("x", "FLOAT32", [1, 3], 0, {})
Y = ("y", "FLOAT32", [1, 2], 0, {})
DENSE = [("FULLY_CONNECTED", [0, 1, -1], [2])]
KERNEL = np.array([[0, 1, -0.0], [2, 2, 0]], "<f4")


@pytest.fixture
def kernel_report(tflite_of):
    """The report on the kernel of a model that has nothing else."""

    def report(kind, content, shape=(2, 3), **options):
        tensors = [X, ("kernel", kind, shape, 1, options), Y]
        (found,) = read_weights(tflite_of.write(tensors, DENSE, [b"", content])).tensors
        return found

    return report


def test_float32_is_counted_as_it_stands(tflite_of):
    bias = np.array([0, 5], "<f4").tobytes()
    tensors = [X, ("kernel", "FLOAT32", [2, 3], 1, {}), Y, ("bias", "FLOAT32", [2], 2, {})]
    artifact = tflite_of.write(
        tensors, [("FULLY_CONNECTED", [0, 1, 3], [2])], [b"", KERNEL.tobytes(), bias]
    )
    report = read_weights(artifact)
    assert report.weight_bytes == 32
    assert report.overhead_bytes == artifact.files[0].size_bytes - 32
    assert (report.sparsity, report.distinct_values) == (0.5, 3)
    kernel, other = report.tensors
    assert (kernel.name, kernel.dtype, kernel.shape) == ("kernel", "float32", (2, 3))
    assert (kernel.size_bytes, kernel.quantized, kernel.is_kernel) == (24, False, True)
    assert (other.name, other.is_kernel, other.zeros) == ("bias", False, 1)


def test_int8_zeros_lie_at_the_zero_point(kernel_report):
    levels = np.array([5, 5, -128, 127, 5, 0], np.int8)
    report = kernel_report("INT8", levels.tobytes(), scale=[0.1], zero_point=[5])
    assert (report.dtype, report.quantized, report.is_kernel) == ("int8", True, True)
    assert (report.zeros, report.distinct) == (3, 4)


def test_zero_points_may_differ_by_channel(kernel_report):
    levels = np.array([[5, 5, 1], [5, 1, 1]], np.int8)
    rows = kernel_report("INT8", levels.tobytes(), scale=[0.1, 0.1], zero_point=[5, 1], axis=0)
    assert (rows.zeros, rows.distinct) == (4, 2)
    columns = kernel_report("INT8", levels.tobytes(), scale=[0.1] * 3, zero_point=[5, 5, 9], axis=1)
    assert columns.zeros == 3


def test_zero_points_that_fit_no_axis_leave_zeros_open(kernel_report):
    report = kernel_report("INT8", bytes(6), scale=[0.1] * 4, zero_point=[1, 2, 3, 4], axis=0)
    assert (report.zeros, report.distinct) == (None, 1)


def test_int4_is_unpacked_low_half_first(kernel_report):
    # -8, 7, 0, 0, -1 and a half byte of padding.
    report = kernel_report("INT4", bytes([0x78, 0x00, 0x0F]), shape=(1, 5), scale=[0.1])
    assert (report.dtype, report.size_bytes, report.quantized) == ("int4", 3, True)
    assert (report.zeros, report.distinct) == (2, 4)


def test_int4_padding_is_no_value(kernel_report):
    report = kernel_report("INT4", bytes([0x11, 0x01]), shape=(1, 3), scale=[0.1])
    assert (report.zeros, report.distinct) == (0, 1)


def test_int4_zero_point_is_signed(kernel_report):
    report = kernel_report("INT4", bytes([0x8F, 0xFF]), shape=(2, 2), scale=[1.0], zero_point=[-1])
    assert (report.zeros, report.distinct) == (3, 2)


def test_int2_and_uint4_are_unpacked(kernel_report):
    two_bits = kernel_report("INT2", bytes([0b11_10_01_00]), shape=(2, 2), scale=[1.0])
    assert (two_bits.size_bytes, two_bits.zeros, two_bits.distinct) == (1, 1, 4)
    unsigned = kernel_report(
        "UINT4", bytes([0xF8, 0x88]), shape=(2, 2), scale=[1.0], zero_point=[8]
    )
    assert (unsigned.zeros, unsigned.distinct) == (3, 2)


def test_bfloat16_knows_both_zeros(kernel_report):
    bits = np.array([0x0000, 0x8000, 0x3F80, 0x3F80, 0x4000, 0xBF80], "<u2")
    report = kernel_report("BFLOAT16", bits.tobytes())
    assert (report.zeros, report.distinct, report.is_kernel) == (2, 4, True)


def test_a_sparse_buffer_leaves_out_zeros(kernel_report):
    stored = np.array([1, 2, 2], "<f4").tobytes()
    report = kernel_report("FLOAT32", stored, sparse=True)
    assert (report.size_bytes, report.zeros, report.distinct) == (12, 3, 3)
    with_zero = np.array([1, 0, 2], "<f4").tobytes()
    report = kernel_report("FLOAT32", with_zero, sparse=True)
    assert (report.zeros, report.distinct) == (4, 3)


def test_types_that_are_not_numeric_are_not_counted(tflite_of):
    tensors = [X, ("words", "STRING", [2], 1, {}), Y]
    artifact = tflite_of.write(tensors, [("ADD", [0, 1], [2])], [b"", b"any bytes"])
    (report,) = read_weights(artifact).tensors
    assert (report.dtype, report.size_bytes) == ("string", 9)
    assert (report.zeros, report.distinct) == (None, None)


def test_a_scheme_that_is_not_known_leaves_the_sparsity_open(tflite_of, monkeypatch):
    schema = tflite_of.schema
    monkeypatch.setattr(
        schema.QuantizationParameters,
        "DetailsType",
        lambda _: schema.QuantizationDetails.BlockwiseQuantization,
    )
    tensors = [X, ("kernel", "INT8", [2, 3], 1, {"scale": [0.1]}), Y]
    report = read_weights(tflite_of.write(tensors, DENSE, [b"", bytes(6)]))
    assert report.sparsity is None
    assert report.tensors[0].quantized
    assert report.distinct_values == 1


def test_bytes_that_tensors_share_count_once_and_as_a_kernel(tflite_of):
    tensors = [
        X,
        ("first", "FLOAT32", [3, 2], 1, {}),
        ("tied", "FLOAT32", [2, 3], 1, {}),
        Y,
        ("again", "FLOAT32", [2, 3], 1, {}),
    ]
    operators = [("FULLY_CONNECTED", [0, 2, -1], [3])]
    report = read_weights(tflite_of.write(tensors, operators, [b"", KERNEL.tobytes()]))
    assert [tensor.name for tensor in report.tensors] == ["tied"]
    assert report.tensors[0].is_kernel
    assert report.weight_bytes == 24


@pytest.mark.parametrize(
    ("kind", "shape", "options"),
    [
        ("FLOAT32", [6], {}),
        ("FLOAT32", [1, 1], {}),
        ("INT32", [2, 3], {}),
        ("INT8", [2, 3], {}),
    ],
)
def test_vectors_single_numbers_and_plain_integers_are_no_kernels(tflite_of, kind, shape, options):
    size = int(np.prod(shape)) * (1 if kind == "INT8" else 4)
    tensors = [X, ("table", kind, shape, 1, options), Y]
    report = read_weights(tflite_of.write(tensors, DENSE, [b"", bytes(size)]))
    assert not report.tensors[0].is_kernel
    assert report.sparsity is None


@pytest.mark.parametrize(
    ("kind", "content"), [("FLOAT32", bytes(20)), ("INT4", bytes(4)), ("INT8", bytes(7))]
)
def test_bytes_that_do_not_fit_the_shape_are_named(kernel_report, kind, content):
    with pytest.raises(ConversionError, match=rf"tensor 'kernel' has {len(content)} bytes where"):
        kernel_report(kind, content)


@pytest.mark.parametrize(
    ("options", "distinct"),
    [
        ({"scale": [0.1], "zero_point": [0]}, None),
        ({"scale": [0.1, 0.2], "zero_point": [0, 0], "axis": 0}, 3),
        ({"scale": [0.1, 0.2, 0.3], "zero_point": [0, 0, 0], "axis": 1}, 2),
        ({"scale": [0.1] * 5, "zero_point": [0] * 5, "axis": 1}, None),
    ],
)
def test_values_of_the_richest_channel(kernel_report, options, distinct):
    levels = np.array([[1, 2, 3], [1, 1, 4]], np.int8)
    report = kernel_report("INT8", levels.tobytes(), **options)
    assert (report.distinct, report.distinct_per_channel) == (4, distinct)


def dense_groups(tflite_of, kind, content, operator, **options):
    tensors = [X, ("kernel", kind, [2, 4], 1, options), Y]
    artifact = tflite_of.write(tensors, [(operator, [0, 1, -1], [2])], [b"", content])
    (kernel,) = read_weights(artifact, pattern=Pattern(2, 4)).tensors
    return kernel.dense_groups


def test_a_pattern_is_counted_along_the_inputs(tflite_of):
    rows = np.array([[1, 2, 3, 0], [0, 0, 1, 1]])
    count = partial(dense_groups, tflite_of)
    assert count("FLOAT32", rows.astype("<f4").tobytes(), "FULLY_CONNECTED") == 1
    levels = (rows + 5).astype(np.int8).tobytes()
    assert count("INT8", levels, "FULLY_CONNECTED", scale=[0.1], zero_point=[5]) == 1
    assert count("INT8", levels, "FULLY_CONNECTED", scale=[0.1], zero_point=[0]) == 2
    two = {"scale": [0.1, 0.2], "zero_point": [0, 5]}
    assert count("INT8", levels, "FULLY_CONNECTED", **two) is None
    assert count("FLOAT32", rows.astype("<f4").tobytes(), "DEPTHWISE_CONV_2D") is None


def test_wrappers_are_found_in_the_names_of_all_tensors(tflite_of):
    y = ("net/cluster_dense/MatMul;net/cluster_dense/bias", "FLOAT32", [1, 2], 0, {})
    tensors = [X, ("kernel", "FLOAT32", [2, 3], 1, {}), y]
    report = read_weights(tflite_of.write(tensors, DENSE, [b"", KERNEL.tobytes()]))
    assert report.wrappers == ("cluster_dense",)
