"""The store: entries put and taken by key, none believed unverified, the oldest let go."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sizewise.errors import StoreError
from sizewise.storage import cache_folder
from sizewise.store.entry import DamagedEntryError, Entry, read_entry, write_entry
from sizewise.store.folder import FolderShelf
from sizewise.store.remote import RemoteShelf
from sizewise.store.shelf import Item, Shelf
from sizewise.units import parse_bytes

DEFAULT_LIMIT_BYTES = 10 * 1000**3
"""What a store in a folder may occupy; ``SIZEWISE_STORE_LIMIT`` says otherwise."""

LIMIT_VARIABLE = "SIZEWISE_STORE_LIMIT"
_SPARE = 0.9
"""How full a store is left that has become too large, as a share of its limit."""


def default_location() -> str:
    """Below the user's cache folder."""
    return str(cache_folder() / "store")


def open_store(location: str | None = None) -> Store:
    """The store at a path or an fsspec URL; without one, the user's own.

    Nothing is made before something is put. Raises SetupError where what a URL needs is not
    installed, and StoreError for a URL that is none.
    """
    place = location or default_location()
    if "://" in place:
        return Store(place, RemoteShelf(place))
    return Store(place, FolderShelf(Path(place).expanduser().absolute()))


def limit_bytes() -> int:
    """The size limit in force. Raises StoreError for a variable that is no size."""
    written = os.environ.get(LIMIT_VARIABLE)
    try:
        return DEFAULT_LIMIT_BYTES if written is None else parse_bytes(written)
    except ValueError as error:
        raise StoreError(str(error), where=LIMIT_VARIABLE) from error


class Store:
    """Entries by key. Any number of processes may use one store at the same time."""

    def __init__(self, location: str, shelf: Shelf) -> None:
        self.location = location
        self._shelf = shelf

    @contextmanager
    def opened(self, key: str) -> Iterator[Entry | None]:
        """A verified entry, of use within the block; None where there is none.

        What does not match its digest is removed. Raises StoreError where the store cannot be
        read.
        """
        with ExitStack() as stack:
            entry = None
            try:
                with self._cannot("read"):
                    file = stack.enter_context(self._shelf.opened(key))
                    entry = None if file is None else read_entry(file)
            except DamagedEntryError:
                self._discard(key)
            yield entry

    def value(self, key: str) -> Mapping[str, Any] | None:
        """The value of an entry alone; None where there is none."""
        with self.opened(key) as entry:
            return None if entry is None else entry.value

    def put(
        self, key: str, value: Mapping[str, Any], files: Mapping[str, bytes | Path] | None = None
    ) -> None:
        """Keep ``value``, which is JSON, and copies of ``files``; an older entry is replaced.

        Raises StoreError where that is not possible; the store is then as it was.
        """
        with self._cannot("write"):
            self._shelf.deliver(key, lambda sink: write_entry(sink, value, files or {}))

    def items(self) -> list[Item]:
        """All entries, the one used longest ago first. Raises StoreError."""
        with self._cannot("read"):
            return sorted(self._shelf.items(), key=lambda item: (item.used, item.key))

    def prune(self, limit: int) -> list[Item]:
        """Remove those used longest ago until the rest is no larger than ``limit`` bytes.

        Gives what was removed. Raises StoreError.
        """
        with self._cannot("write"):
            self._shelf.sweep()
            items = self.items()
            excess = sum(item.size_bytes for item in items) - limit
            removed = []
            for item in items:
                if excess <= 0:
                    break
                self._shelf.remove(item.key)
                excess -= item.size_bytes
                removed.append(item)
        return removed

    def keep_within(self, limit: int) -> None:
        """Where the store is larger than ``limit`` bytes, make it a tenth smaller than that.

        Raises StoreError.
        """
        if sum(item.size_bytes for item in self.items()) > limit:
            self.prune(int(limit * _SPARE))

    def verify(self) -> tuple[int, list[str]]:
        """Read every entry: how many are right, and the keys of those that were not.

        These are removed. Raises StoreError.
        """
        right, wrong = 0, []
        for item in self.items():
            with self.opened(item.key) as entry:
                if entry is None:
                    wrong.append(item.key)
                else:
                    right += 1
        return right, wrong

    def _discard(self, key: str) -> None:
        with self._cannot("write"):
            self._shelf.remove(key)

    @contextmanager
    def _cannot(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"cannot {what}: {error.strerror or error}",
                where=self.location,
                advice="name another store with --store",
            ) from error
