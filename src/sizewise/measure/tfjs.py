"""The constants of a TF.js graph or layers model, read from ``model.json`` and its shards.

The format is that of TF.js's ``WeightsManifestConfig``: groups of weights whose bytes follow
one another, cut into shards at any place.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np

from sizewise.domain import Array, Artifact, Pattern, Target, TensorReport, weight_names
from sizewise.domain.layout import INPUTS_LAST, input_axes
from sizewise.errors import ConversionError
from sizewise.measure.files import read_artifact_file
from sizewise.measure.tensors import (
    NOT_COUNTED,
    Contents,
    Count,
    count_dense_groups,
    count_values,
    is_zero,
    wrappers_in,
)
from sizewise.measure.tfjs_graph import first_users, graph_nodes

_PLAIN = {
    "float32": "<f4",
    "int32": "<i4",
    "complex64": "<c8",
    "bool": "u1",
    "uint8": "u1",
    "uint16": "<u2",
    "float16": "<f2",
}
_QUANTIZED = ("uint8", "uint16", "float16")


_KINDS = {Target.TFJS: "graph", Target.TFJS_LAYERS: "layers"}

_LAYERS_KERNELS = ("kernel", "embeddings")
"""How the names of a layers model's kernels end: ``conv/depthwise_kernel`` is one."""


class _Quantization(NamedTuple):
    scale: float
    minimum: float


class _Weight(NamedTuple):
    """One entry of the weights manifest, checked; ``value_type`` is what TF.js computes with."""

    name: str
    shape: tuple[int, ...]
    value_type: str
    stored_type: str
    quantization: _Quantization | None


class _Uses(NamedTuple):
    """What the graph says of weights, by their names: which are kernels, the axis of their
    inputs counted from the end, and the node that takes each; and all of its own names.
    """

    kernels: frozenset[str]
    axes: Mapping[str, int]
    users: Mapping[str, str]
    names: tuple[str, ...]


def read_contents(artifact: Artifact, pattern: Pattern | None) -> Contents:
    """Every weight of the manifest, in its order; ``pattern`` is what kernels are held against.

    Raises ConversionError for a ``model.json`` that is no strict JSON or no graph model, for a
    shard that is not among the artifact's files, and for bytes that do not fit the shapes.
    """
    entry = artifact.entry
    document = _parse(read_artifact_file(artifact.folder, artifact.files[0]), entry)
    try:
        uses = _uses(document, artifact.target)
        groups = [
            (
                [str(path) for path in group["paths"]],
                [_weight(raw, entry) for raw in group["weights"]],
            )
            for group in document["weightsManifest"]
        ]
    except (LookupError, TypeError, AttributeError, OverflowError) as error:
        raise ConversionError(
            f"model.json is not a TF.js {_KINDS[artifact.target]} model: {error!r}", where=entry
        ) from error
    tensors, kernels = [], []
    for paths, weights in groups:
        for weight, stored in _slices(_joined(artifact, paths), weights, entry):
            report = _report(weight, stored, uses, pattern)
            tensors.append(report)
            if report.is_kernel:
                kernels.append(stored)
    return Contents(tensors, kernels, wrappers_in(uses.names))


def _uses(document: Mapping[str, Any], target: Target) -> _Uses:
    names = [weight["name"] for group in document["weightsManifest"] for weight in group["weights"]]
    if target is Target.TFJS:
        nodes = graph_nodes(document["modelTopology"])
        axes = input_axes(nodes, lambda node: node.transposed)
        names += [node.name for node in nodes]
        return _Uses(weight_names(nodes), axes, first_users(nodes), tuple(names))
    kernels = frozenset(name for name in names if name.endswith(_LAYERS_KERNELS))
    return _Uses(kernels, {}, {}, tuple(names))


def _parse(content: bytes, where: Path) -> Mapping[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no JSON")

    try:
        document = json.loads(content, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ConversionError(f"no valid JSON: {error}", where=where) from error
    if not isinstance(document, dict):
        raise ConversionError("model.json holds no object", where=where)
    return document


def _weight(raw: Mapping[str, Any], where: Path) -> _Weight:
    name, shape, value_type = raw["name"], tuple(raw["shape"]), raw["dtype"]
    if not isinstance(name, str) or not all(type(size) is int and size >= 0 for size in shape):
        raise ConversionError(f"weight {name!r} has the shape {list(shape)}", where=where)
    packing = raw.get("quantization")
    stored_type = packing["dtype"] if packing else value_type
    known = _QUANTIZED if packing else (*_PLAIN, "string")
    if stored_type not in known:
        raise ConversionError(f"weight {name!r} has the unknown type {stored_type!r}", where=where)
    if packing is None or stored_type == "float16":
        return _Weight(name, shape, value_type, stored_type, None)
    scale, minimum = packing.get("scale"), packing.get("min")
    if not all(
        isinstance(value, int | float) and math.isfinite(value) for value in (scale, minimum)
    ):
        raise ConversionError(
            f"weight {name!r} has the scale {scale!r} and the minimum {minimum!r}", where=where
        )
    return _Weight(
        name, shape, value_type, stored_type, _Quantization(float(scale), float(minimum))
    )


def _joined(artifact: Artifact, paths: list[str]) -> bytes:
    by_path = {file.path: file for file in artifact.files}
    if missing := [path for path in paths if path not in by_path]:
        raise ConversionError(
            f"shard {missing[0]!r} is not among the artifact's files", where=artifact.entry
        )
    return b"".join(read_artifact_file(artifact.folder, by_path[path]) for path in paths)


def _slices(content: bytes, weights: list[_Weight], where: Path) -> Iterator[tuple[_Weight, bytes]]:
    """Each weight of a group with its bytes."""
    start = 0
    for weight in weights:
        size = _stored_bytes(weight, content, start)
        if start + size > len(content):
            raise ConversionError(
                f"the shards end at byte {len(content)}, within weight {weight.name!r}", where=where
            )
        yield weight, content[start : start + size]
        start += size
    if start != len(content):
        raise ConversionError(
            f"the shards hold {len(content)} bytes where the manifest accounts for {start}",
            where=where,
        )


def _report(weight: _Weight, stored: bytes, uses: _Uses, pattern: Pattern | None) -> TensorReport:
    is_kernel = (
        weight.name in uses.kernels
        and weight.value_type in ("float32", "float16")
        and len(weight.shape) >= 2
        and math.prod(weight.shape) > 1
    )
    axis = uses.axes.get(weight.name) if is_kernel else None
    dense = None
    if pattern is not None and axis is not None:
        values = np.frombuffer(stored, _PLAIN[weight.stored_type]).reshape(weight.shape)
        dense = count_dense_groups(_means_zero(weight, values), pattern, axis)
    zeros, distinct = _count(weight, stored)
    return TensorReport(
        name=weight.name,
        dtype=weight.stored_type,
        shape=weight.shape,
        size_bytes=len(stored),
        quantized=weight.quantization is not None,
        is_kernel=is_kernel,
        zeros=zeros,
        distinct=distinct,
        used_by=uses.users.get(weight.name),
        inputs=None if axis is None else _inputs(weight.shape, axis),
        dense_groups=dense,
    )


def _inputs(shape: tuple[int, ...], axis: int) -> int:
    """How many weights each output has: outputs are the last axis but where inputs are."""
    return shape[-1] if axis == INPUTS_LAST else math.prod(shape[:-1])


def _stored_bytes(weight: _Weight, content: bytes, start: int) -> int:
    elements = math.prod(weight.shape)
    if weight.stored_type != "string":
        return elements * np.dtype(_PLAIN[weight.stored_type]).itemsize
    # Each string has its length before it, in four bytes.
    end = start
    for _ in range(elements):
        if end > len(content):
            break
        end += 4 + int.from_bytes(content[end : end + 4], "little")
    return end - start


def _count(weight: _Weight, stored: bytes) -> Count:
    if weight.stored_type == "string":
        return NOT_COUNTED
    values = np.frombuffer(stored, _PLAIN[weight.stored_type])
    return count_values(values, partial(_means_zero, weight))


def _means_zero(weight: _Weight, levels: Array) -> Array:
    """Which stored values stand for 0."""
    if weight.quantization is None:
        return is_zero(levels)
    scale, minimum = weight.quantization
    decoded = levels.astype(np.float64) * scale + minimum
    if weight.value_type == "int32":
        zero: Array = np.rint(decoded) == 0
    else:
        # A zero point is nudged to be exact, up to the rounding of scale and minimum.
        zero = np.abs(decoded) < abs(scale) * 1e-6
    return zero
