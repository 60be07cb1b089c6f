"""How mistakes found deep inside get the line of the suite that they come from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sizewise.domain import Location
from sizewise.errors import SizewiseError, SourceError


@contextmanager
def located(at: Location | None) -> Iterator[None]:
    """Give errors that pass through here ``at`` as their place, if they have none yet."""
    try:
        yield
    except SizewiseError as error:
        if error.where is None and at is not None:
            error.where = str(at)
        raise


@contextmanager
def refusing(message: str, advice: str | None = None) -> Iterator[None]:
    """Turn whatever a library raises while it opens a file into a SourceError.

    The error reads ``message (the first line of what the library said)``.
    """
    try:
        yield
    except SizewiseError:
        raise
    except Exception as error:
        raise SourceError(f"{message} ({_first_line(error)})", advice=advice) from error


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    return next(filter(None, lines), type(error).__name__).rstrip(".")
