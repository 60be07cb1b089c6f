"""The constants of a TF.js graph or layers model, read from ``model.json`` and its shards.

The format is that of TF.js's ``WeightsManifestConfig``: groups of weights whose bytes follow
one another, cut into shards at any place.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np

from sizewise.domain import Array, Artifact, Target, TensorReport, weight_names
from sizewise.errors import ConversionError
from sizewise.measure.files import read_artifact_file
from sizewise.measure.tensors import NOT_COUNTED, Count, count_values
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


def read_tensors(artifact: Artifact) -> list[TensorReport]:
    """Every weight of the manifest, in its order.

    Raises ConversionError for a ``model.json`` that is no strict JSON or no graph model, for a
    shard that is not among the artifact's files, and for bytes that do not fit the shapes.
    """
    entry = artifact.entry
    document = _parse(read_artifact_file(artifact.folder, artifact.files[0]), entry)
    try:
        kernels, users = _uses(document, artifact.target)
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
    return [
        replace(report, used_by=users.get(report.name))
        for paths, weights in groups
        for report in _group_reports(_joined(artifact, paths), weights, kernels, entry)
    ]


def _uses(document: Mapping[str, Any], target: Target) -> tuple[frozenset[str], Mapping[str, str]]:
    """Which weights are kernels, and the node that takes each, as far as the model says so."""
    if target is Target.TFJS:
        nodes = graph_nodes(document["modelTopology"])
        return weight_names(nodes), first_users(nodes)
    names = (weight["name"] for group in document["weightsManifest"] for weight in group["weights"])
    return frozenset(name for name in names if name.endswith(_LAYERS_KERNELS)), {}


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


def _group_reports(
    content: bytes, weights: list[_Weight], kernels: frozenset[str], where: Path
) -> Iterator[TensorReport]:
    start = 0
    for weight in weights:
        size = _stored_bytes(weight, content, start)
        if start + size > len(content):
            raise ConversionError(
                f"the shards end at byte {len(content)}, within weight {weight.name!r}", where=where
            )
        zeros, distinct = _count(weight, content[start : start + size])
        yield TensorReport(
            name=weight.name,
            dtype=weight.stored_type,
            shape=weight.shape,
            size_bytes=size,
            quantized=weight.quantization is not None,
            is_kernel=weight.name in kernels
            and weight.value_type in ("float32", "float16")
            and len(weight.shape) >= 2
            and math.prod(weight.shape) > 1,
            zeros=zeros,
            distinct=distinct,
        )
        start += size
    if start != len(content):
        raise ConversionError(
            f"the shards hold {len(content)} bytes where the manifest accounts for {start}",
            where=where,
        )


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
    quantization = weight.quantization
    if quantization is None:
        return count_values(values)

    def means_zero(levels: Array) -> Array:
        decoded = levels.astype(np.float64) * quantization.scale + quantization.minimum
        if weight.value_type == "int32":
            zero: Array = np.rint(decoded) == 0
        else:
            # A zero point is nudged to be exact, up to the rounding of scale and minimum.
            zero = np.abs(decoded) < abs(quantization.scale) * 1e-6
        return zero

    return count_values(values, means_zero)
