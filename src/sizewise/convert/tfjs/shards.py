"""Weights as bytes in files, and the manifest that describes them.

The format and the quantization are those of the upstream converter. Weights are encoded and
written one after another, so that no second copy of all of them is ever in memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np

from sizewise.convert import checks
from sizewise.convert.tfjs.weights import PLAIN, Weight
from sizewise.domain import Array, RoundedWeight
from sizewise.errors import ConversionError

_QUANTIZED = {"uint8": np.uint8, "uint16": np.uint16}


def write_shards(
    folder: Path,
    weights: Sequence[Weight],
    types: Mapping[str, str],
    shard_bytes: int,
    rounded: Mapping[str, RoundedWeight],
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Write ``weights`` into files of at most ``shard_bytes``; gives the manifest and notes.

    ``types`` is the storage type of each weight by name; those in ``rounded``, of type uint8,
    are written as they stand there. The manifest has a single group, as that of a graph model.
    Raises ConversionError where two weights have one name.
    """
    _refuse_twins(weights)
    total = sum(_stored_bytes(weight, types[weight.name]) for weight in weights)
    count = math.ceil(total / shard_bytes)
    paths = [f"group1-shard{index}of{count}.bin" for index in range(1, count + 1)]
    entries: list[dict[str, Any]] = []
    findings: list[tuple[str, str]] = []
    with _Shards(folder, paths, shard_bytes) as shards:
        for weight in weights:
            storage, known = types[weight.name], rounded.get(weight.name)
            quantization: dict[str, Any] | None
            if known is not None:
                stored, quantization = known.levels, _affine(weight, storage, known)
            else:
                stored, quantization = _encoded(weight, storage)
                if storage == "uint8" and (found := checks.level_finding(weight.values, stored)):
                    findings.append((found, weight.name))
            entries.append(_entry(weight, quantization))
            shards.write(_bytes(stored))
    return [{"paths": paths, "weights": entries}], checks.notes(findings)


def stored_alone(values: Array, storage: str) -> tuple[bytes, Array]:
    """The bytes that float32 ``values`` are stored as, and what TensorFlow.js makes of them."""
    stored, quantization = _encoded(Weight("alone", values), storage)
    content = bytes(_bytes(stored))
    if quantization is None or storage == "float16":
        return content, stored.astype(np.float32)
    decoded: Array = stored.astype(np.float64) * quantization["scale"] + quantization["min"]
    return content, decoded.astype(np.float32)


def _refuse_twins(weights: Sequence[Weight]) -> None:
    seen: set[str] = set()
    for weight in weights:
        if weight.name in seen:
            raise ConversionError(f"two weights are called {weight.name!r}")
        seen.add(weight.name)


def _stored_bytes(weight: Weight, storage: str) -> int:
    if weight.values.dtype == object:
        return len(_text_bytes(weight.values))
    itemsize = (weight.values.dtype if storage == PLAIN else np.dtype(storage)).itemsize
    return weight.values.size * itemsize


def _entry(weight: Weight, quantization: dict[str, Any] | None) -> dict[str, Any]:
    values = weight.values
    entry = {
        "name": weight.name,
        "shape": list(values.shape),
        "dtype": "string" if values.dtype == object else _type_name(values.dtype),
    }
    return entry if quantization is None else {**entry, "quantization": quantization}


@cache
def _type_name(dtype: Any) -> str:
    """NumPy makes it anew each time, which takes longer than to write a small weight."""
    return str(dtype.name)


def _affine(weight: Weight, storage: str, rounded: RoundedWeight) -> dict[str, Any]:
    return {
        "dtype": storage,
        "min": float(rounded.minimum),
        "scale": float(rounded.scale),
        "original_dtype": _type_name(weight.values.dtype),
    }


def _encoded(weight: Weight, storage: str) -> tuple[Array, dict[str, Any] | None]:
    """The values as they are stored, and how to read them."""
    values = weight.values
    if storage == PLAIN:
        return values, None
    if storage == "float16":
        return _cast(values), {"dtype": storage, "original_dtype": _type_name(values.dtype)}
    scale, low, high = _affine_range(*weight.extremes, _QUANTIZED[storage])
    stored = _levels(values, scale, low, high, _QUANTIZED[storage])
    return stored, {
        "dtype": storage,
        "min": float(low),
        "scale": float(scale),
        "original_dtype": _type_name(values.dtype),
    }


def _cast(values: Array) -> Array:
    stored = np.empty(values.shape, np.float16)
    flat = stored.reshape(-1)
    for start, part in _numbered(values):
        flat[start : start + part.size] = part
    return stored


def _affine_range(smallest: Any, largest: Any, kind: Any) -> tuple[Any, Any, Any]:
    """Scale and both ends of the levels, which have one at 0 where the values surround it."""
    from tensorflowjs import quantization

    low, high = smallest.astype(np.float64), largest.astype(np.float64)
    if low == high:
        return 1.0, low, high
    scale, low, high = quantization._get_affine_quantization_range(  # noqa: SLF001
        low, high, kind
    )
    return scale, low, high


def _levels(values: Array, scale: Any, low: Any, high: Any, kind: Any) -> Array:
    stored = np.zeros(values.shape, kind)
    flat = stored.reshape(-1)
    if low == high:
        return stored
    numbers = np.empty(min(values.size, checks.BLOCK))
    for start, part in _numbered(values, checks.BLOCK):
        exact = numbers[: part.size]
        exact[:] = part
        np.clip(exact, low, high, out=exact)
        exact -= low
        exact /= scale
        np.rint(exact, out=exact)
        flat[start : start + part.size] = exact
    return stored


def _numbered(values: Array, size: int = checks.CHUNK) -> Iterator[tuple[int, Array]]:
    start = 0
    for part in checks.chunks(values, size):
        yield start, part
        start += part.size


def _bytes(stored: Array) -> memoryview:
    if stored.dtype == object:
        return memoryview(_text_bytes(stored))
    return np.ascontiguousarray(stored).reshape(-1).view(np.uint8).data


def _text_bytes(values: Array) -> bytes:
    """Each text in UTF-8 with its length before it, in four bytes."""
    parts = []
    for text in values.reshape(-1).tolist():
        encoded = text if isinstance(text, bytes) else str(text).encode()
        parts += [len(encoded).to_bytes(4, "little"), encoded]
    return b"".join(parts)


class _Shards:
    """Bytes written one after another into files of one size; the last may be smaller."""

    def __init__(self, folder: Path, paths: Sequence[str], shard_bytes: int) -> None:
        self._files = iter([folder / path for path in paths])
        self._shard_bytes = shard_bytes
        self._file: BinaryIO | None = None
        self._room = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, content: memoryview) -> None:
        while content.nbytes:
            if self._room == 0:
                self.__exit__()
                self._file = next(self._files).open("wb")
                self._room = self._shard_bytes
            assert self._file is not None, "the first piece opens a file"
            written = self._file.write(content[: self._room])
            self._room -= written
            content = content[written:]
