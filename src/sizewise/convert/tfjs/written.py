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

    def read(self, count: int) -> bytes:
        """The next ``count`` bytes."""
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
        return bool((stored == source.astype(np.float16)).all())
    exact = source.astype(np.float64)
    decoded = stored * float(packing["scale"]) + float(packing["min"])
    # Half a level, and the rounding of levels that are computed from 24 bits.
    room = float(packing["scale"]) / 2 * 1.01 + np.abs(exact) * 2.0**-22
    return bool((np.abs(decoded - exact) <= room).all())


def _check_text(name: str, source: Array, content: _Content) -> None:
    for text in source.reshape(-1).tolist():
        encoded = text if isinstance(text, bytes) else str(text).encode()
        length = int.from_bytes(content.read(4), "little")
        if length != len(encoded) or content.read(length) != encoded:
            raise ConversionError(f"text {name!r} reads back as something else than was stored")
