"""From the path of a suite to a suite."""

from __future__ import annotations

import os
from collections import ChainMap
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from sizewise.config.decode import decode
from sizewise.config.document import Document, parse, read_text
from sizewise.config.mistakes import Mistakes, shape_mistakes
from sizewise.config.shape import SuiteFile, suite_schema
from sizewise.domain import Suite
from sizewise.errors import SuiteError

_EXAMPLE = "a suite starts with suite: NAME and lists models and encodings"


def load_suite(path: Path, define: Mapping[str, str] | None = None) -> Suite:
    """The suite in the YAML file at ``path``.

    ``${NAME}`` and ``${NAME:-default}`` in its strings take their values from ``define``, then
    from the environment. Paths in it are relative to its folder; every model and data file is
    looked for, none is opened. Raises SuiteError, with the line of each mistake.
    """
    return decode_text(read_text(path), path, define)


def decode_text(text: str, path: Path, define: Mapping[str, str] | None = None) -> Suite:
    """The suite in ``text``, as if it were the file at ``path``: see ``load_suite``."""
    document, found = parse(text, path, _variables(define))
    mistakes = Mistakes()
    for mistake in found:
        mistakes.add(mistake)
    mistakes.raise_if_any()
    return decode(_shape(document, mistakes), document)


def _variables(define: Mapping[str, str] | None) -> Mapping[str, str]:
    return ChainMap(dict(define or {}), dict(os.environ))


def _shape(document: Document, mistakes: Mistakes) -> SuiteFile:
    if document.value is None:
        raise SuiteError("the suite is empty", where=document.file, advice=_EXAMPLE)
    if not isinstance(document.value, dict):
        raise SuiteError("the suite is no mapping", where=document.at(()), advice=_EXAMPLE)
    try:
        return SuiteFile.model_validate(document.value)
    except ValidationError as error:
        for mistake in shape_mistakes(error, document, suite_schema()):
            mistakes.add(mistake)
        mistakes.raise_if_any()
        raise
