"""NumPy arrays as the tensors that TensorFlow.js holds, and back. ``tensors.mjs`` is the other
end.

TensorFlow.js knows float32, int32, bool, complex64 and strings. A string is sent as its length
(u32, little-endian) and its bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from sizewise.domain import Array
from sizewise.errors import DataError
from sizewise.runtimes.batching import cast
from sizewise.runtimes.node.frames import Buffer

_LENGTH = struct.Struct("<I")
_KEPT = frozenset(["float32", "int32", "bool", "string", "complex64"])


def held_as(dtype: str) -> str:
    """What TensorFlow.js makes of ``dtype``: float64 becomes float32, int64 int32.

    Raises DataError for a type that it has no room for.
    """
    if dtype in _KEPT:
        return dtype
    if dtype.startswith(("float", "bfloat")):
        return "float32"
    if dtype.startswith(("int", "uint")):
        return "int32"
    raise DataError(f"TensorFlow.js has no type for {dtype}")


def encode(array: Array, dtype: str, name: str) -> tuple[dict[str, Any], Buffer]:
    """The spec (``dtype``, ``shape``, ``bytes``) and the bytes of an input ``name`` that the
    model takes as ``dtype``. Raises DataError where the samples are of another kind.
    """
    held = held_as(dtype)
    values = cast(array, held, name)
    data: Buffer = (
        _encode_strings(values) if held == "string" else values.reshape(-1).view(np.uint8).data
    )
    return {"dtype": held, "shape": list(array.shape), "bytes": len(data)}, data


def decode(spec: Mapping[str, Any], data: memoryview) -> Array:
    """The array that a spec and its bytes describe. Strings become an object array of bytes."""
    shape = tuple(spec["shape"])
    if spec["dtype"] == "string":
        strings = np.empty(shape, dtype=object)
        strings.reshape(-1)[:] = _decode_strings(data)
        return strings
    return np.frombuffer(data, dtype=spec["dtype"]).reshape(shape)


def _encode_strings(values: Array) -> bytes:
    texts = [text if isinstance(text, bytes) else str(text).encode() for text in values.reshape(-1)]
    return b"".join(part for text in texts for part in (_LENGTH.pack(len(text)), text))


def _decode_strings(data: memoryview) -> list[bytes]:
    strings: list[bytes] = []
    offset = 0
    while offset < len(data):
        (length,) = _LENGTH.unpack_from(data, offset)
        offset += _LENGTH.size
        strings.append(bytes(data[offset : offset + length]))
        offset += length
    return strings
