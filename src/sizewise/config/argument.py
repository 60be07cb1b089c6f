"""A source that is named on a command line or in Python, and not in a suite."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from sizewise.config.networks import APPLICATIONS
from sizewise.config.sources import find_download, find_source
from sizewise.domain import Source, SourceKind
from sizewise.errors import RequestError, SourceError, SuiteError, did_you_mean

_HASH = "#sha256="
_APPLICATION = re.compile(r"(?P<library>keras|tf_keras)\.applications:(?P<name>\w+)")
_KERAS = {"tf_keras": 2, "keras": 3}


def source_argument(
    written: str,
    *,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> Source:
    """The source that ``written`` names, as in a suite: a path, ``zoo:NAME``,
    ``keras.applications:NAME`` (of Keras 3; ``tf_keras.applications:NAME`` of Keras 2, as a suite
    has it where it does not say), ``package.module:function``, or ``URL#sha256=DIGEST``; paths
    are relative to the working folder.

    Raises RequestError or SourceError where there is no such source.
    """
    if written.lower().endswith(".pb") and not outputs and _HASH not in written:
        raise RequestError(
            f"{written} does not say which of its nodes are outputs",
            advice="name them: --output NAME, or outputs=[...] in Python",
        )
    if named := _APPLICATION.fullmatch(written):
        return _application(named, inputs=inputs, outputs=outputs, tags=tags)
    url, hashed, digest = written.partition(_HASH)
    try:
        if hashed:
            return find_download(url, digest, inputs=inputs, outputs=outputs, tags=tags)
        return find_source(written, Path.cwd(), inputs=inputs, outputs=outputs, tags=tags)
    except SuiteError as error:
        raise SourceError(error.message, advice=_advice(written, error.advice)) from error


def _application(named: re.Match[str], **details: Sequence[str]) -> Source:
    """A network with the weights that Keras downloads."""
    name = named["name"]
    if given := [key for key, value in details.items() if value]:
        raise RequestError(f"{named[0]} takes no {given[0]}", advice="leave them out")
    if name not in APPLICATIONS:
        raise SourceError(f"unknown application {name!r}", advice=did_you_mean(name, APPLICATIONS))
    return Source(SourceKind.APPLICATION, name, weights="imagenet", keras=_KERAS[named["library"]])


def _advice(written: str, advice: str | None) -> str | None:
    """The advice for a suite, in the words of whoever names a source without one."""
    if written.startswith(("http://", "https://")) and _HASH not in written:
        return f"write {written}{_HASH}..., as sha256sum prints it for the file"
    if advice is not None and "suite" in advice:
        return "paths are relative to the working folder"
    return advice


def known_word(word: str, known: Sequence[str], what: str) -> None:
    """Raise RequestError where ``word`` is none of the ``known`` ones."""
    if word not in known:
        raise RequestError(f"{word!r} is no {what}", advice=did_you_mean(word, known))
