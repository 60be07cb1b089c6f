"""What a converter raised, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sizewise.errors import ConversionError, SizewiseError

_LONGEST = 300


def first_line(error: BaseException) -> str:
    """The first line of ``error`` that says something, without a full stop at its end."""
    lines = (line.strip() for line in str(error).splitlines())
    line = next(filter(None, lines), type(error).__name__)
    return line.rstrip(".") if len(line) <= _LONGEST else line[:_LONGEST] + "…"


@contextmanager
def refusals(step: str) -> Iterator[None]:
    """Raise whatever goes wrong in the block as a ConversionError that names ``step``.

    Errors of the catalogue pass unchanged.
    """
    try:
        yield
    except SizewiseError:
        raise
    except Exception as error:
        raise ConversionError(f"{step} failed: {first_line(error)}") from error
