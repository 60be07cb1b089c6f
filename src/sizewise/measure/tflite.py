"""The constants of a TFLite model, read from its flatbuffer."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from sizewise.domain import Array, Artifact, Pattern, TensorReport
from sizewise.errors import ConversionError
from sizewise.measure.files import read_artifact_file
from sizewise.measure.tensors import (
    NOT_COUNTED,
    Contents,
    Count,
    count_dense_groups,
    count_values,
    is_zero,
    most_distinct,
    wrappers_in,
)
from sizewise.measure.tflite_kernels import (
    TensorId,
    first_users,
    input_axes,
    kernel_tensors,
)
from sizewise.tflite_file import TfliteModel, TfliteTensor, parse_tflite

_LAYOUT = {
    "FLOAT64": "<f8",
    "FLOAT32": "<f4",
    "FLOAT16": "<f2",
    "INT64": "<i8",
    "INT32": "<i4",
    "INT16": "<i2",
    "INT8": "i1",
    "UINT64": "<u8",
    "UINT32": "<u4",
    "UINT16": "<u2",
    "UINT8": "u1",
    "BOOL": "u1",
    "COMPLEX64": "<c8",
    "COMPLEX128": "<c16",
}
_BITS = {
    **{kind: np.dtype(layout).itemsize * 8 for kind, layout in _LAYOUT.items()},
    "BFLOAT16": 16,
    "INT4": 4,
    "UINT4": 4,
    "INT2": 2,
}
_FLOATING = frozenset(["FLOAT64", "FLOAT32", "FLOAT16", "BFLOAT16"])


def read_contents(artifact: Artifact, pattern: Pattern | None) -> Contents:
    """Every constant tensor, in the order of the file; ``pattern`` is what kernels are held
    against.

    Tensors that share their bytes, as tied weights and several signatures do, are reported
    once: as the first of them that is a kernel, else as the first. Raises ConversionError for
    a file that is no TFLite model, a damaged one, and bytes that do not fit a tensor's shape.
    """
    where = artifact.entry
    model = parse_tflite(read_artifact_file(artifact.folder, artifact.files[0]), where)
    users = first_users(model)
    axes = input_axes(model) if pattern is not None else {}
    tensors, kernels = [], []
    for found, is_kernel in _constants(model):
        graph, index = found
        tensor = model.graphs[graph].tensors[index]
        stored = model.buffers[tensor.buffer]
        values = _values(tensor, stored, where)
        report = _report(tensor, stored, values, is_kernel=is_kernel)
        dense = None
        if pattern is not None and is_kernel and values is not None and found in axes:
            dense = _dense_groups(tensor, values, pattern, axes[found])
        tensors.append(replace(report, used_by=users.get(found), dense_groups=dense))
        if is_kernel:
            kernels.append(stored.tobytes())
    names = (tensor.name for graph in model.graphs for tensor in graph.tensors)
    return Contents(tensors, kernels, wrappers_in(names))


def _constants(model: TfliteModel) -> list[tuple[TensorId, bool]]:
    """The tensor that stands for each buffer that holds any bytes, and whether it is a kernel."""
    kernels = kernel_tensors(model)
    chosen: dict[int, tuple[TensorId, bool]] = {}
    for graph_index, graph in enumerate(model.graphs):
        for index, tensor in enumerate(graph.tensors):
            is_kernel = _is_kernel(tensor, (graph_index, index), kernels)
            known = chosen.get(tensor.buffer)
            if known is None or (is_kernel and not known[1]):
                chosen[tensor.buffer] = ((graph_index, index), is_kernel)
    return [found for buffer, found in chosen.items() if len(model.buffers[buffer])]


def _is_kernel(tensor: TfliteTensor, where: TensorId, kernels: frozenset[TensorId]) -> bool:
    return (
        where in kernels
        and (tensor.type in _FLOATING or tensor.quantization is not None)
        and len(tensor.shape) >= 2
        and math.prod(tensor.shape) > 1
    )


def _report(
    tensor: TfliteTensor, stored: Array, values: Array | None, *, is_kernel: bool
) -> TensorReport:
    zeros, distinct = NOT_COUNTED if values is None else _count(tensor, values)
    return TensorReport(
        name=tensor.name,
        dtype=tensor.type.lower(),
        shape=tensor.shape,
        size_bytes=len(stored),
        quantized=tensor.quantization is not None and tensor.type not in _FLOATING,
        is_kernel=is_kernel,
        zeros=zeros,
        distinct=distinct,
        distinct_per_channel=None if values is None else _distinct_per_channel(tensor, values),
    )


def _distinct_per_channel(tensor: TfliteTensor, values: Array) -> int | None:
    quantization = tensor.quantization
    if quantization is None or quantization.scales < 2 or tensor.type in _FLOATING:
        return None
    axis = quantization.axis
    fits = 0 <= axis < len(tensor.shape) and quantization.scales == tensor.shape[axis]
    if tensor.sparse or not fits:
        return None
    return most_distinct(values.reshape(tensor.shape), axis)


def _dense_groups(tensor: TfliteTensor, values: Array, pattern: Pattern, axis: int) -> int | None:
    """None where zeros are left out, or may be other integers from channel to channel."""
    quantization = None if tensor.type in _FLOATING else tensor.quantization
    zero_points = [0] if quantization is None else quantization.zero_points
    if tensor.sparse or zero_points is None or len({int(point) for point in zero_points}) != 1:
        return None
    at_zero = values.reshape(tensor.shape) == zero_points[0]
    return count_dense_groups(at_zero, pattern, axis)


def _values(tensor: TfliteTensor, stored: Array, where: Path) -> Array | None:
    """The stored values, flat; None for types that are not numeric or not known.

    A sparse tensor's buffer leaves out zeros, and so do the values.
    """
    bits = _BITS.get(tensor.type)
    if bits is None:
        return None
    elements = math.prod(tensor.shape)
    expected = -(-elements * bits // 8)
    fits = len(stored) <= expected if tensor.sparse else len(stored) == expected
    if not fits or len(stored) * 8 % bits:
        raise ConversionError(
            f"tensor {tensor.name!r} has {len(stored)} bytes where {tensor.type.lower()}"
            f" {list(tensor.shape)} takes {expected}",
            where=where,
        )
    if bits < 8:
        return _unpacked(stored, bits, tensor.type)[:elements]
    if tensor.type == "BFLOAT16":
        # The upper half of a float32.
        return (stored.view("<u2").astype(np.uint32) << 16).view(np.float32)
    return stored.view(_LAYOUT[tensor.type])


def _unpacked(stored: Array, bits: int, kind: str) -> Array:
    """Values of less than a byte each; the first lies in the lowest bits."""
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    values: Array = ((stored[:, None] >> shifts) & (2**bits - 1)).ravel().astype(np.int8)
    if kind.startswith("INT"):
        sign = 2 ** (bits - 1)
        values = (values ^ sign) - sign
    return values


def _count(tensor: TfliteTensor, values: Array) -> Count:
    """Zeros are the values at the zero point, which may differ from channel to channel."""
    quantization = None if tensor.type in _FLOATING else tensor.quantization
    if quantization is None:
        count = count_values(values)
    elif quantization.zero_points is None:
        return Count(None, count_values(values).distinct)
    elif len(set(quantization.zero_points.tolist())) == 1:
        zero_point = quantization.zero_points[0]
        count = count_values(values, lambda levels: is_zero(levels - zero_point))
    else:
        return _count_by_channel(tensor, values, quantization.zero_points, quantization.axis)
    left_out = math.prod(tensor.shape) - len(values)
    if left_out and count.zeros is not None and count.distinct is not None:
        return Count(count.zeros + left_out, count.distinct + (count.zeros == 0))
    return count


def _count_by_channel(tensor: TfliteTensor, values: Array, zero_points: Array, axis: int) -> Count:
    distinct = count_values(values).distinct
    fits = 0 <= axis < len(tensor.shape) and len(zero_points) == tensor.shape[axis]
    if tensor.sparse or not fits:
        return Count(None, distinct)
    along = [1] * len(tensor.shape)
    along[axis] = -1
    at_zero = values.reshape(tensor.shape) == zero_points.reshape(along)
    return Count(int(np.count_nonzero(at_zero)), distinct)
