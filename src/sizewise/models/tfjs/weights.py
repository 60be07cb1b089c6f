"""The weights of a TF.js model, as the numbers that TF.js would compute with.

A group's weights lie one after the other in the bytes of its shards. A quantized weight is
``scale * stored + min``, in double precision and then rounded to its type, as TF.js has it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sizewise.domain import Array
from sizewise.errors import SourceError
from sizewise.models.tfjs.files import TfjsFile, read_group

_STORED = {
    "float32": "<f4",
    "float64": "<f8",
    "float16": "<f2",
    "int32": "<i4",
    "int64": "<i8",
    "int16": "<i2",
    "int8": "i1",
    "uint8": "u1",
    "uint16": "<u2",
    "bool": "?",
    "complex64": "<c8",
}
_LENGTH = np.dtype("<u4")
_COPY_AGAIN = "copy the model again, every shard whole"


@dataclass(frozen=True, slots=True)
class TfjsWeights:
    """Weights by name, in the order of the manifest, and what was done to read them."""

    values: Mapping[str, Array]
    notes: tuple[str, ...]


def read_weights(file: TfjsFile) -> TfjsWeights:
    """All weights of a model. Raises SourceError where bytes and manifest do not fit together."""
    values: dict[str, Array] = {}
    packings: set[str] = set()
    for group in file.groups:
        content = read_group(file, group)
        position = 0
        for entry in _entries(file, group):
            array, position = _read(file, entry, content, position)
            values[entry["name"]] = array
            packings.update([entry["quantization"]["dtype"]] if entry.get("quantization") else [])
    notes = (f"dequantized from {', '.join(sorted(packings))} first",) if packings else ()
    return TfjsWeights(values, notes)


def _entries(file: TfjsFile, group: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    entries = group.get("weights")
    if not isinstance(entries, list) or not all(map(_is_entry, entries)):
        raise SourceError(
            f"the weights manifest of {file.path} has a weight without name, shape or type",
            advice="write the model again with TF.js or its converter",
        )
    return entries


def _is_entry(entry: Any) -> bool:
    return (
        isinstance(entry, Mapping)
        and isinstance(entry.get("name"), str)
        and isinstance(entry.get("dtype"), str)
        and isinstance(entry.get("shape"), list)
        and all(type(size) is int and size >= 0 for size in entry["shape"])
        and _is_packing(entry.get("quantization"))
    )


def _is_packing(packing: Any) -> bool:
    return not packing or (isinstance(packing, Mapping) and isinstance(packing.get("dtype"), str))


def _read(
    file: TfjsFile, entry: Mapping[str, Any], content: bytes, position: int
) -> tuple[Array, int]:
    """A weight, and where the next one starts."""
    count = math.prod(entry["shape"])
    packing = entry.get("quantization")
    stored = packing["dtype"] if packing else entry["dtype"]
    if stored == "string":
        texts, end = _texts(file, entry, content, position, count)
        return np.array(texts, object).reshape(entry["shape"]), end
    if stored not in _STORED:
        raise SourceError(
            f"the weight {entry['name']} of {file.path} has the unknown type {stored!r}",
            advice=f"known: {', '.join(_STORED)}, string",
        )
    dtype = np.dtype(_STORED[stored])
    end = position + count * dtype.itemsize
    _require(file, entry, content, end)
    array = np.frombuffer(content, dtype, count, position).reshape(entry["shape"])
    return (_dequantized(file, entry, array) if packing else array), end


def _dequantized(file: TfjsFile, entry: Mapping[str, Any], stored: Array) -> Array:
    packing = entry["quantization"]
    wanted = packing.get("original_dtype", entry["dtype"])
    if stored.dtype.kind == "f":
        return stored.astype(np.float32)
    try:
        values = stored * float(packing["scale"]) + float(packing["min"])
    except (KeyError, TypeError, ValueError) as error:
        raise SourceError(
            f"the weight {entry['name']} of {file.path} has no scale and min to dequantize it",
            advice="write the model again with TF.js or its converter",
        ) from error
    return np.rint(values).astype(np.int32) if wanted == "int32" else values.astype(np.float32)


def _texts(
    file: TfjsFile, entry: Mapping[str, Any], content: bytes, position: int, count: int
) -> tuple[list[bytes], int]:
    """Texts: each its length in four bytes, and its bytes."""
    found = []
    for _ in range(count):
        start = position + _LENGTH.itemsize
        _require(file, entry, content, start)
        position = start + int(np.frombuffer(content, _LENGTH, 1, position)[0])
        _require(file, entry, content, position)
        found.append(content[start:position])
    return found, position


def _require(file: TfjsFile, entry: Mapping[str, Any], content: bytes, end: int) -> None:
    if end > len(content):
        raise SourceError(
            f"the shards of {file.path} are cut short: {len(content)} bytes, and the weight "
            f"{entry['name']} ends at {end}",
            advice=_COPY_AGAIN,
        )
