"""What an entry is as bytes: written in one pass, believed after one pass."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

FORMAT = "sizewise-store-1"
"""The first word of an entry; what begins with another is of another version, and absent."""

_DIGEST_LENGTH = 64
_HEAD_LENGTH = len(FORMAT) + 1 + _DIGEST_LENGTH + 1
_LONGEST_HEADER = 64 * 1024**2
_BLOCK = 1 << 20


class DamagedEntryError(Exception):
    """The bytes are no entry, or not those that were written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that was verified: ``value`` is JSON, and ``names`` are those of its files.

    It reads from an open file, and is of use until that is closed.
    """

    value: Mapping[str, Any]
    _places: Mapping[str, tuple[int, int]]
    _source: BinaryIO

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files, in the order in which they were put."""
        return tuple(self._places)

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises KeyError where there is none of that name."""
        start, size = self._places[name]
        self._source.seek(start)
        return self._source.read(size)

    def extract(self, name: str, path: Path) -> None:
        """Copy a file to ``path``, whose folder is made. Raises KeyError and OSError."""
        start, size = self._places[name]
        self._source.seek(start)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as sink:
            while size:
                block = self._source.read(min(size, _BLOCK))
                sink.write(block)
                size -= len(block)


def write_entry(
    sink: BinaryIO, value: Mapping[str, Any], files: Mapping[str, bytes | Path]
) -> None:
    """Write an entry to ``sink``, which can seek. Raises OSError, and ValueError for bad names."""
    sizes = [(name, _size(content)) for name, content in files.items()]
    header = json.dumps({"value": value, "files": sizes}, allow_nan=False)
    for name in files:
        _require_plain(name)
    sink.write(b" " * _HEAD_LENGTH)
    digest = hashlib.sha256()

    def add(block: bytes) -> None:
        digest.update(block)
        sink.write(block)

    add(header.encode() + b"\n")
    for content in files.values():
        if isinstance(content, bytes):
            add(content)
            continue
        with content.open("rb") as file:
            while block := file.read(_BLOCK):
                add(block)
    sink.seek(0)
    sink.write(f"{FORMAT} {digest.hexdigest()}\n".encode())


def read_entry(source: BinaryIO) -> Entry:
    """Verify the whole of ``source`` and give the entry that it is.

    Raises DamagedEntryError where it is none, or was changed or cut.
    """
    source.seek(0, os.SEEK_END)
    length = source.tell()
    source.seek(0)
    head = source.read(_HEAD_LENGTH)
    if not head.startswith(f"{FORMAT} ".encode()):
        raise DamagedEntryError("no entry of this version")
    if head != f"{FORMAT} {_digest_of_rest(source)}\n".encode():
        raise DamagedEntryError("the digest does not match")
    source.seek(_HEAD_LENGTH)
    line = source.readline(_LONGEST_HEADER)
    try:
        header = json.loads(line)
        value, sizes = (
            dict(header["value"]),
            [(str(name), int(size)) for name, size in header["files"]],
        )
        for name, size in sizes:
            _require_plain(name)
            _require_a_size(size)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise DamagedEntryError(f"the header is none: {error}") from error
    places, at = {}, _HEAD_LENGTH + len(line)
    for name, size in sizes:
        places[name] = (at, size)
        at += size
    if at != length:
        raise DamagedEntryError("the header tells of other files than there are")
    return Entry(value, places, source)


def _digest_of_rest(source: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := source.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _size(content: bytes | Path) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


def _require_a_size(size: int) -> None:
    if size < 0:
        raise ValueError(f"a file has {size} bytes")


def _require_plain(name: str) -> None:
    """A name never leads out of the folder that it is unpacked into."""
    path = PurePosixPath(name)
    # "a//b" is a/b here, but an absolute path to whoever takes "a/" off.
    plain = name == str(path) and name.isprintable() and not any(sign in name for sign in "\\:")
    if path.is_absolute() or ".." in path.parts or not path.parts or not plain:
        raise ValueError(f"{name!r} is no name for a file of an entry")
