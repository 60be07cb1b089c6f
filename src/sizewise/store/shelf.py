"""Where entries lie: what a folder and a bucket have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Item:
    """A file on a shelf. ``used`` is when it was last of use, in seconds since 1970."""

    key: str
    size_bytes: int
    used: float

    @property
    def kind(self) -> str:
        """What the key begins with: ``job``, ``trained``."""
        return self.key.partition("/")[0]


class Shelf(Protocol):
    """Files by key. Every method may raise OSError."""

    def opened(self, key: str) -> AbstractContextManager[BinaryIO | None]:
        """The file of a key, open for reading and able to seek; None where there is none."""

    def deliver(self, key: str, write: Callable[[BinaryIO], None]) -> None:
        """Let ``write`` make a file, and put it in place when it is complete."""

    def remove(self, key: str) -> None:
        """Take a file away; nothing happens where there is none."""

    def items(self) -> Iterator[Item]:
        """All files, in no order."""

    def sweep(self) -> None:
        """Take away what writers that were killed have left behind."""
