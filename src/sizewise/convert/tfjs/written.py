"""An artifact of TensorFlow.js read back from disk, and held against what it was made of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from sizewise.convert import checks
from sizewise.convert.tfjs.weights import Weight
from sizewise.domain import Array
from sizewise.errors import ConversionError

_HALF_LEVELS_IN_FLOAT32 = 2.0**-13
"""A level is to be so much of the largest number for float32 to do: its last place is 2 to the
-24th of a number, so that all roundings together are less than 1 % of half a level."""
_ROOM_IN_FLOAT32 = 1.008


def check_written(folder: Path, model_file: str, weights: Sequence[Weight]) -> None:
    """Raise ConversionError where the files are not what ``weights`` should have become.

    ``model.json`` has to be strict JSON, its weight files inside ``folder`` and as long as the
    shapes say, and every decoded weight within half a step of its source: half a level of uint8
    and uint16, half a unit in the last place of float16, and nothing at all of other types.
    """
    manifest = _strict_json(folder / model_file)["weightsManifest"]
    sources = {weight.name: weight.values for weight in weights}
    for group in manifest:
        content = _Content(folder, group["paths"])
        for entry in group["weights"]:
            _check_weight(entry, sources.pop(entry["name"]), content)
        content.require_end()
    if sources:
        raise ConversionError(f"weight {next(iter(sources))!r} is missing from the manifest")


def _strict_json(path: Path) -> Mapping[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise ConversionError(f"{constant} in model.json, which is no JSON")

    document: Mapping[str, Any] = json.loads(path.read_bytes(), parse_constant=refuse)
    return document


class _Content:
    """The bytes of a group's files as one stretch, read piece by piece."""

    def __init__(self, folder: Path, paths: Sequence[str]) -> None:
        root = folder.resolve()
        self._files: Iterator[Path] = iter([self._inside(root, path) for path in paths])
        self._rest = memoryview(b"")

    @staticmethod
    def _inside(root: Path, path: str) -> Path:
        file = (root / path).resolve()
        if not file.is_relative_to(root):
            raise ConversionError(f"weight file {path!r} lies outside the artifact's folder")
        return file

    def read(self, count: int) -> bytes | memoryview:
        """The next ``count`` bytes."""
        if count <= len(self._rest):
            whole, self._rest = self._rest[:count], self._rest[count:]
            return whole
        parts = []
        while count:
            if not self._rest:
                file = next(self._files, None)
                if file is None:
                    raise ConversionError(f"the weight files are {count} bytes short")
                self._rest = memoryview(file.read_bytes())
            parts.append(self._rest[:count])
            self._rest = self._rest[count:]
            count -= len(parts[-1])
        return b"".join(parts)

    def require_end(self) -> None:
        """Raise ConversionError where a byte is left."""
        if len(self._rest) or next(self._files, None) is not None:
            raise ConversionError("the weight files hold more bytes than the shapes account for")


def _check_weight(entry: Mapping[str, Any], source: Array, content: _Content) -> None:
    name, packing = entry["name"], entry.get("quantization")
    if tuple(entry["shape"]) != source.shape:
        raise ConversionError(f"weight {name!r} of shape {source.shape} became {entry['shape']}")
    if entry["dtype"] == "string":
        _check_text(name, source, content)
        return
    stored_type = np.dtype(packing["dtype"] if packing else entry["dtype"])
    for part in checks.chunks(source):
        stored = np.frombuffer(content.read(part.size * stored_type.itemsize), stored_type)
        if not _is_near(part, stored, packing):
            raise ConversionError(
                f"weight {name!r} reads back as something else than was stored",
                advice="the disk may be full or faulty: convert the model again",
            )


def _is_near(source: Array, stored: Array, packing: Mapping[str, Any] | None) -> bool:
    if packing is None:
        return source.tobytes() == stored.tobytes()
    if stored.dtype == np.float16:
        # The nearest number: at most half a unit in the last place away.
        return source.astype(np.float16).tobytes() == stored.tobytes()
    scale, minimum = float(packing["scale"]), float(packing["min"])
    farthest = max(abs(minimum), abs(minimum + scale * (2 ** (8 * stored.itemsize) - 1)))
    blocks = zip(
        checks.chunks(source, checks.BLOCK), checks.chunks(stored, checks.BLOCK), strict=True
    )
    if farthest * _HALF_LEVELS_IN_FLOAT32 < scale:
        return all(_is_near_in_float32(part, levels, scale, minimum) for part, levels in blocks)
    return all(_is_near_in_float64(part, levels, scale, minimum) for part, levels in blocks)


def _is_near_in_float32(source: Array, levels: Array, scale: float, minimum: float) -> bool:
    """Whether ``levels`` are within half a level, with four roundings that are far smaller."""
    decoded = levels.astype(np.float32)
    decoded *= np.float32(scale)
    decoded += np.float32(minimum)
    decoded -= source
    room = scale / 2 * _ROOM_IN_FLOAT32
    return bool(decoded.max() <= room and decoded.min() >= -room)


def _is_near_in_float64(source: Array, levels: Array, scale: float, minimum: float) -> bool:
    """Whether ``levels`` are within half a level, or the rounding of a level from 24 bits."""
    exact = source.astype(np.float64)
    decoded = levels * scale
    decoded += minimum
    decoded -= exact
    room = scale / 2 * 1.01 + np.abs(exact) * 2.0**-22
    return bool((np.abs(decoded) <= room).all())


def _check_text(name: str, source: Array, content: _Content) -> None:
    for text in source.reshape(-1).tolist():
        encoded = text if isinstance(text, bytes) else str(text).encode()
        length = int.from_bytes(content.read(4), "little")
        if length != len(encoded) or content.read(length) != encoded:
            raise ConversionError(f"text {name!r} reads back as something else than was stored")
