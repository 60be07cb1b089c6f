"""Keeps what TensorFlow and other native code write to the terminal away from it."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from sizewise.scratch import temporary_files_apart
from sizewise.verbs.debug import DEBUG

_LAST_LINES = 20


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Collect all that is written to stdout and stderr while the block runs, whoever writes it.

    It is thrown away, and so are the temporary files that libraries leave; where the block fails
    and ``--debug`` is on, its last lines are shown.
    The environment is set so that TensorFlow says little in the first place.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # tensorflowjs imports TF-DF, whose welcome message fails off a terminal.
    os.environ.setdefault("TFDF_DISABLE_WELCOME_MESSAGE", "1")
    with temporary_files_apart(), tempfile.TemporaryFile() as log:
        try:
            with _redirected(log.fileno()):
                yield
        except BaseException:
            if os.environ.get(DEBUG):
                log.seek(0)
                lines = log.read().decode(errors="replace").splitlines()
                sys.stderr.write("".join(f"{line}\n" for line in lines[-_LAST_LINES:]))
            raise


@contextmanager
def _redirected(descriptor: int) -> Iterator[None]:
    """Let file descriptors 1 and 2 lead to another one."""
    saved = [os.dup(1), os.dup(2)]
    _flush()
    try:
        for standard in (1, 2):
            os.dup2(descriptor, standard)
        yield
    finally:
        _flush()
        for standard, original in zip((1, 2), saved, strict=True):
            os.dup2(original, standard)
            os.close(original)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
