"""The catalogue of errors: what was wrong, where, and what would be right.

Every error that a user can cause is one of these. ``exit_code`` is what the command line ends
with; ``status`` is what a job's record says where only that job is at fault.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import ClassVar


class SizewiseError(Exception):
    """Base of all of them.

    ``message`` says what was wrong; ``where`` names the file and line; ``advice`` says what
    would be right. Each is one sentence without a full stop at its end.
    """

    exit_code: ClassVar[int] = 2
    status: ClassVar[str] = "failed"

    def __init__(self, message: str, *, where: object = None, advice: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = None if where is None else str(where)
        self.advice = advice

    def __str__(self) -> str:
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head}; {self.advice}" if self.advice else head

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross from the worker process to the parent.
        return (_rebuild, (type(self), self.message, self.where, self.advice))


def _rebuild(
    kind: type[SizewiseError], message: str, where: str | None, advice: str | None
) -> SizewiseError:
    return kind(message, where=where, advice=advice)


class SuiteError(SizewiseError):
    """The suite file says something that cannot be meant."""


class RequestError(SizewiseError):
    """A conversion is asked for that cannot be meant: an unknown encoding, a folder that exists."""


class SourceError(SizewiseError):
    """A model cannot be opened."""


class DataError(SizewiseError):
    """Samples cannot be read, or do not fit the model."""


class RecordsError(SizewiseError):
    """A run folder cannot be read or written."""


class StoreError(SizewiseError):
    """The store of results cannot be read or written."""


class SetupError(SizewiseError):
    """Something that sizewise needs on this machine is missing."""


class ConversionError(SizewiseError):
    """A converter refused the model."""

    exit_code = 3


class UnsupportedOpError(SizewiseError):
    """A target or a runtime lacks an op or a kernel that the model needs.

    ``ops`` names what is lacking, as far as it is known, each with the nodes that use it, as far
    as they are.
    """

    exit_code = 3
    status = "unsupported"

    def __init__(
        self,
        message: str,
        *,
        where: object = None,
        advice: str | None = None,
        ops: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        super().__init__(message, where=where, advice=advice)
        self.ops = {op: tuple(nodes) for op, nodes in (ops or {}).items()}

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_unsupported, (self.message, self.where, self.advice, self.ops))


def _rebuild_unsupported(
    message: str, where: str | None, advice: str | None, ops: Mapping[str, Iterable[str]]
) -> UnsupportedOpError:
    return UnsupportedOpError(message, where=where, advice=advice, ops=ops)


class WrongArtifactError(SizewiseError):
    """An artifact does not compute what its source does."""

    exit_code = 3
    status = "wrong"


class RuntimeCrashError(SizewiseError):
    """A runtime died, or answered with an error of its own."""

    exit_code = 3
    status = "crashed"


class RuntimeTimeoutError(SizewiseError):
    """A runtime did not answer in time and was ended."""

    exit_code = 3
    status = "timeout"


class NonFiniteError(SizewiseError):
    """An output holds NaN or infinity."""

    exit_code = 3
    status = "nonfinite"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Advice for a misspelt word: the nearest known one, or all of them."""
    choices = list(known)
    nearest = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if nearest:
        return f"did you mean {nearest[0]!r}?"
    return "known: " + ", ".join(choices)
