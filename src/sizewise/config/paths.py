"""Zoo names and paths of a suite: are they known, and is something there?"""

from __future__ import annotations

from pathlib import Path

from sizewise.config.looks import names_in
from sizewise.domain import ZOO_MODELS, Location
from sizewise.errors import SuiteError, did_you_mean

ZOO = "zoo:"
"""What a name of the zoo starts with."""


def zoo_name(written: str, what: str, at: Location | None) -> str:
    """The name behind ``zoo:``. Raises SuiteError for an unknown one."""
    name = written.removeprefix(ZOO)
    if name not in ZOO_MODELS:
        raise SuiteError(
            f"unknown zoo {what} {name!r}", where=at, advice=did_you_mean(name, ZOO_MODELS)
        )
    return name


def existing(written: str, folder: Path, at: Location | None, kinds: str) -> Path:
    """The absolute path, with the name of its last part kept where that is a link.

    Raises SuiteError where nothing is there; ``kinds`` is the advice that says what may be
    written instead of a path.
    """
    if not written.strip():
        raise SuiteError("the path is empty", where=at, advice=kinds)
    path = folder / written
    try:
        if path.exists():
            return path.parent.resolve() / path.name
    except OSError as error:
        raise SuiteError(f"{written} cannot be read: {error.strerror}", where=at) from error
    raise SuiteError(
        f"no such file or folder: {written}",
        where=at,
        advice=_missing_advice(written, path, kinds),
    )


def _missing_advice(written: str, path: Path, kinds: str) -> str:
    if written in ZOO_MODELS:
        return f"did you mean '{ZOO}{written}'?"
    if written.startswith("~"):
        return "write ${HOME} instead of ~"
    if ":" in written:
        return kinds
    beside = names_in(path.parent)
    advice = did_you_mean(path.name, beside)
    if advice.startswith("did you mean"):
        return advice
    return "paths are relative to the suite's folder"
