"""Folders for temporary files: gone when they are no longer needed, however their owner ends.

An owner that is killed cannot tidy up. So each folder is locked while its owner lives, and the
next one that is made removes those which nobody holds any more. The system gives up the lock
(``flock``) of a process that ends, whichever way.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sizewise.errors import SetupError

PREFIX = "sizewise-scratch-"
"""What the names of all these folders start with."""


class Scratch:
    """A new folder ``path`` in the system's folder for temporary files; ``close`` removes it.

    Raises SetupError where there is no room for it.
    """

    def __init__(self) -> None:
        _sweep_once(Path(tempfile.gettempdir()))
        try:
            self.path, self._lock = _locked_folder()
        except OSError as error:
            raise SetupError(
                f"no temporary folder can be made: {error.strerror or error}",
                where=tempfile.gettempdir(),
                advice="make space there, or let TMPDIR name another folder",
            ) from error

    def close(self) -> None:
        """Remove the folder and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a new folder that is gone when the block ends. Raises SetupError: see ``Scratch``."""
    scratch = Scratch()
    try:
        yield scratch.path
    finally:
        scratch.close()


@contextmanager
def temporary_files_apart() -> Iterator[None]:
    """Have all temporary files of this process, and of those that it starts, made in a scratch
    folder, whichever library makes them.
    """
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    with scratch_folder() as folder:
        tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
        try:
            yield
        finally:
            tempfile.tempdir, variable = before
            if variable is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = variable


def sweep(folder: Path) -> None:
    """Remove the scratch folders in ``folder`` whose owner was killed.

    Those of other users stay, and so does whatever a link of such a name leads to.
    """
    for path in folder.glob(f"{PREFIX}*"):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue  # another user's, or gone meanwhile
        try:
            if os.fstat(descriptor).st_uid == os.geteuid():
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
        except BlockingIOError:
            continue  # its owner lives
        finally:
            os.close(descriptor)


_sweep_once = cache(sweep)


def _locked_folder() -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue  # swept by another process before it could be locked
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if path.is_dir():
            return path, descriptor
        os.close(descriptor)
