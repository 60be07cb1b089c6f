"""Frames on the pipes of a Node worker: a JSON header and raw bytes.

A frame is a prefix of 12 bytes (length of the header, u32; length of the payload, u64;
little-endian), the header as UTF-8 JSON, then the payload. ``frames.mjs`` is the other end.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

Buffer = bytes | bytearray | memoryview

_PREFIX = struct.Struct("<IQ")
_LONGEST_HEADER = 16 * 1024 * 1024


class _Sink(Protocol):
    def write(self, data: Buffer, /) -> int | None: ...


class _Source(Protocol):
    def readinto(self, buffer: memoryview, /) -> int | None: ...


class FrameError(Exception):
    """What was read is no frame: something else was written to the stream."""


def write_frame(stream: _Sink, header: Mapping[str, Any], buffers: Iterable[Buffer] = ()) -> None:
    """Write one frame whose payload is ``buffers``, end to end."""
    parts = [memoryview(buffer).cast("B") for buffer in buffers]
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    _write(stream, memoryview(_PREFIX.pack(len(text), sum(len(part) for part in parts)) + text))
    for part in parts:
        _write(stream, part)


def read_frame(stream: _Source) -> tuple[dict[str, Any], memoryview]:
    """The header and the payload of the next frame.

    Raises EOFError where the stream ends before or within it, FrameError where what the stream
    gives is no frame.
    """
    header_length, payload_length = _PREFIX.unpack(_read(stream, _PREFIX.size))
    if header_length > _LONGEST_HEADER:
        raise FrameError("the stream holds something that is no frame")
    text = _read(stream, header_length)
    payload = _read(stream, payload_length)
    try:
        header = json.loads(text)
    except ValueError as error:
        raise FrameError("the header of a frame is no JSON") from error
    if not isinstance(header, dict):
        raise FrameError("the header of a frame is no object")
    return header, memoryview(payload)


def _write(stream: _Sink, data: memoryview) -> None:
    while data:
        data = data[stream.write(data) or 0 :]


def _read(stream: _Source, length: int) -> bytearray:
    buffer = bytearray(length)
    view = memoryview(buffer)
    while view:
        count = stream.readinto(view)
        if not count:
            raise EOFError("the stream has ended")
        view = view[count:]
    return buffer
