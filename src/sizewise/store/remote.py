"""A shelf behind an fsspec URL, such as a bucket that all machines of a cluster reach."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, BinaryIO

from sizewise.errors import SetupError, StoreError
from sizewise.scratch import scratch_folder
from sizewise.store.shelf import Item

_WHOLE_OR_NOT_AT_ALL = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "az", "memory"})
"""Protocols whose files appear complete or not at all, without a temporary name or a folder."""

_BLOCK = 1 << 22


class RemoteShelf:
    """Files ``<url>/<kind>/<two digits>/<digest>``; the time of use is that of writing.

    Raises SetupError where fsspec, or what it needs for the URL, is not installed, and
    StoreError for a URL that it does not understand.
    """

    def __init__(self, url: str) -> None:
        self._protocol = url.partition("://")[0]
        try:
            import fsspec  # type: ignore[import-untyped]

            self._files, root = fsspec.core.url_to_fs(url)
        except ImportError as error:
            raise SetupError(
                f"a store at {self._protocol}:// needs a package that is not installed: {error}",
                advice="pip install 'sizewise[cluster]'",
            ) from error
        except ValueError as error:
            raise StoreError(f"{url} is no place for a store: {error}") from error
        self._root = root.rstrip("/")

    @contextmanager
    def opened(self, key: str) -> Iterator[BinaryIO | None]:
        """See ``Shelf``. The file is copied to this machine first."""
        with tempfile.TemporaryFile(prefix="sizewise-") as copy:
            found = True
            try:
                with _as_os_errors(), self._files.open(self._path(key), "rb") as source:
                    while block := source.read(_BLOCK):
                        copy.write(block)
            except FileNotFoundError:
                found = False
            copy.seek(0)
            yield copy if found else None

    def deliver(self, key: str, write: Callable[[BinaryIO], None]) -> None:
        """See ``Shelf``. No bucket is made: one that is missing is misspelt."""
        path = self._path(key)
        with scratch_folder() as folder:
            copy = folder / "entry"
            with copy.open("wb") as file:
                write(file)
            with _as_os_errors():
                if self._protocol in _WHOLE_OR_NOT_AT_ALL:
                    self._files.put_file(str(copy), path)
                    return
                self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
                temporary = f"{path}.{secrets.token_hex(8)}"
                self._files.put_file(str(copy), temporary)
                self._files.mv(temporary, path)

    def remove(self, key: str) -> None:
        """See ``Shelf``."""
        with suppress(FileNotFoundError), _as_os_errors():
            self._files.rm_file(self._path(key))

    def items(self) -> Iterator[Item]:
        """See ``Shelf``."""
        with _as_os_errors():
            self._files.invalidate_cache()
            found = self._files.find(self._root, detail=True)
        for path, told in found.items():
            kind, _, digest = path.split("/")[-3:]
            yield Item(f"{kind}/{digest}", int(told["size"] or 0), _time_of(told))

    def sweep(self) -> None:
        """See ``Shelf``. Temporary files lie beside the others, and are evicted with them."""

    def _path(self, key: str) -> str:
        kind, _, digest = key.partition("/")
        return f"{self._root}/{kind}/{digest[:2]}/{digest}"


@contextmanager
def _as_os_errors() -> Iterator[None]:
    """Clients of object stores raise what they like: no credentials, no connection."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(f"{type(error).__name__}: {error}") from error


def _time_of(told: dict[str, Any]) -> float:
    for name in ("LastModified", "mtime", "created", "last_modified"):
        value = told.get(name)
        if isinstance(value, datetime):
            return value.timestamp()
        if isinstance(value, int | float):
            return float(value)
    return 0.0
