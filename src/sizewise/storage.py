"""Where things are kept, and how they get there: complete or not at all."""

from __future__ import annotations

import ctypes
import hashlib
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_folder() -> Path:
    """The user's cache folder for sizewise; ``SIZEWISE_CACHE`` names another."""
    if chosen := os.environ.get("SIZEWISE_CACHE"):
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return platformdirs.user_cache_path("sizewise")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder beside ``path`` that becomes ``path`` if the block succeeds.

    Where two processes make the same folder, the first to finish wins and the other's work is
    dropped. On an error nothing stays behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}"
    temporary.mkdir()
    try:
        yield temporary
        try:
            temporary.rename(path)
        except OSError:
            if not path.is_dir():
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Give the path of a folder to make; it becomes ``path`` if the block succeeds.

    Whatever folder was there is gone afterwards, with all that was in it; on an error it stays
    as it was. Where the system can exchange two folders in one step (Linux), ``path`` is at no
    time without one of them.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.parent / f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}"
    scratch.mkdir()
    try:
        new = scratch / "new"
        yield new
        if not path.exists():
            new.rename(path)
        elif not _exchange(new, path):
            path.rename(scratch / "old")
            new.rename(path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange the names of two folders in one step; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    result = library.renameat2(
        _WORKING_FOLDER, os.fsencode(one), _WORKING_FOLDER, os.fsencode(other), _RENAME_EXCHANGE
    )
    return bool(result == 0)


_WORKING_FOLDER = -100
_RENAME_EXCHANGE = 2
"""``AT_FDCWD`` and the flag of ``renameat2`` (Linux 3.15, glibc 2.28)."""


def write_file(path: Path, content: bytes | str) -> None:
    """Write ``content`` to a temporary name beside ``path``, then rename it over ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
