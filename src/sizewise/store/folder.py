"""A shelf that is a folder of this machine, or one that it has mounted."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from sizewise.store.shelf import Item

_TEMPORARY = "tmp"
_ABANDONED_SECONDS = 24 * 3600.0
"""After which a file that was begun is taken for one whose writer was killed."""


class FolderShelf:
    """Files ``<root>/<kind>/<two digits>/<digest>``; reading one renews its time of last use."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def opened(self, key: str) -> Iterator[BinaryIO | None]:
        """See ``Shelf``."""
        path = self._path(key)
        try:
            file = path.open("rb")
        except FileNotFoundError:
            yield None
            return
        with file:
            # A store that can only be read is of use too.
            with suppress(OSError):
                os.utime(path)
            yield file

    def deliver(self, key: str, write: Callable[[BinaryIO], None]) -> None:
        """See ``Shelf``."""
        path = self._path(key)
        temporary = self._root / _TEMPORARY / f"{os.getpid()}.{secrets.token_hex(8)}"
        temporary.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("xb") as file:
                write(file)
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def remove(self, key: str) -> None:
        """See ``Shelf``."""
        self._path(key).unlink(missing_ok=True)

    def items(self) -> Iterator[Item]:
        """See ``Shelf``."""
        for path in self._root.glob("*/??/*"):
            # Another run may take a file away at any moment.
            with suppress(FileNotFoundError):
                told = path.stat()
                key = f"{path.parts[-3]}/{path.name}"
                yield Item(key, told.st_size, told.st_mtime)

    def sweep(self) -> None:
        """See ``Shelf``."""
        for path in self._root.glob(f"{_TEMPORARY}/*"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                    path.unlink()

    def _path(self, key: str) -> Path:
        kind, _, digest = key.partition("/")
        return self._root / kind / digest[:2] / digest
