"""Frames: what is written is read, and nothing else passes for one."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.runtimes.node.frames import FrameError, read_frame, write_frame

headers = st.dictionaries(
    st.text(),
    st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers()),
    max_size=5,
)


class Trickle(io.RawIOBase):
    """A pipe that takes and gives a few bytes at a time."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = bytearray(content)

    def write(self, data):
        part = bytes(data[:5])
        self.content += part
        return len(part)

    def readinto(self, buffer):
        count = min(3, len(buffer), len(self.content))
        buffer[:count] = self.content[:count]
        del self.content[:count]
        return count


@given(header=headers, buffers=st.lists(st.binary(max_size=50), max_size=4))
def test_what_is_written_is_read(header, buffers):
    stream = Trickle()
    write_frame(stream, header, buffers)
    write_frame(stream, {"second": True})
    assert read_frame(stream) == (header, b"".join(buffers))
    assert read_frame(stream) == ({"second": True}, b"")
    with pytest.raises(EOFError):
        read_frame(stream)


@given(header=headers, payload=st.binary(min_size=1, max_size=30), data=st.data())
def test_a_frame_that_is_cut_off_is_the_end(header, payload, data):
    stream = io.BytesIO()
    write_frame(stream, header, [payload])
    whole = stream.getvalue()
    cut = data.draw(st.integers(1, len(whole) - 1))
    with pytest.raises(EOFError):
        read_frame(io.BytesIO(whole[:cut]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a stray line on stdout\n", "is no frame"),
        (struct.pack("<IQ", 3, 0) + b"{x}", "no JSON"),
        (struct.pack("<IQ", 2, 0) + b"[]", "no object"),
        (struct.pack("<IQ", 1, 0) + b"\xff", "no JSON"),
    ],
)
def test_something_else_is_an_error(content, message):
    with pytest.raises(FrameError, match=message):
        read_frame(io.BytesIO(content))


def test_numbers_that_json_lacks_are_not_written():
    with pytest.raises(ValueError, match="JSON compliant"):
        write_frame(io.BytesIO(), {"x": float("nan")})
