"""What the paths of a suite lead to: is it there, and does it look like what it claims to be?

Whether a model can be opened and whether data fits it is for those who open them to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from sizewise.config.code import CODE
from sizewise.config.looks import CHECKS, require_saved_model
from sizewise.config.paths import ZOO, existing, zoo_name
from sizewise.domain import (
    ARCHIVE_ENDINGS,
    SAVED_MODEL_FILES,
    SOURCE_ENDINGS,
    TFJS_MODEL_FILE,
    Location,
    Source,
    SourceKind,
)
from sizewise.errors import SuiteError

_URL = re.compile(r"https?://", re.IGNORECASE)
_SOURCES = (
    "a source is zoo:NAME, a SavedModel or TF.js folder, a .keras, .h5, .hdf5, .pb, .tflite or "
    "model.json file, package.module:function, or {url: ..., sha256: ...}"
)


def find_source(
    written: str,
    folder: Path,
    at: Location | None = None,
    *,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> Source:
    """The source that ``written`` names; paths are relative to ``folder``.

    ``inputs`` and ``outputs`` belong to a frozen graph, ``tags`` to a SavedModel. Raises
    SuiteError where there is no such source, or where it lacks or does not take one of them.
    """
    kind, location = _find(written, folder, at)
    if kind is SourceKind.FROZEN_GRAPH and not outputs:
        raise SuiteError(
            f"{written} does not say which of its nodes are outputs",
            where=at,
            advice=f"write {{file: {written}, outputs: [NAME]}}",
        )
    _refuse_foreign(written, kind, {"inputs": inputs, "outputs": outputs, "tags": tags}, at)
    return Source(
        kind,
        location,
        at,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        tags=tuple(tags),
        folder=folder.absolute() if kind is SourceKind.CODE else None,
    )


_BELONGS_TO = {
    "inputs": SourceKind.FROZEN_GRAPH,
    "outputs": SourceKind.FROZEN_GRAPH,
    "tags": SourceKind.SAVED_MODEL,
}
_IN_WORDS = {SourceKind.FROZEN_GRAPH: "a frozen .pb", SourceKind.SAVED_MODEL: "a SavedModel"}


def _refuse_foreign(
    written: str, kind: SourceKind, given: Mapping[str, Sequence[str]], at: Location | None
) -> None:
    for key, owner in _BELONGS_TO.items():
        if given[key] and kind is not owner:
            raise SuiteError(
                f"{written} takes no {key}",
                where=at,
                advice=f"{key} are for {_IN_WORDS[owner]}: leave them out",
            )


def find_download(
    url: str,
    sha256: str | None,
    at: Location | None = None,
    *,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    tags: Sequence[str] = (),
) -> Source:
    """The source behind a URL; nothing is downloaded.

    Raises SuiteError for an address, an ending or a hash that cannot be right.
    """
    if not _URL.match(url) or not urlsplit(url).hostname:
        raise SuiteError(f"{url!r} is no URL", where=at, advice="it starts with https://")
    name = PurePosixPath(urlsplit(url).path).name.lower()
    if name.endswith(".json"):
        raise SuiteError(
            f"{url} is one file of a TF.js model",
            where=at,
            advice="put the model and its shards into one .zip or .tar.gz",
        )
    if not name.endswith((*ARCHIVE_ENDINGS, *SOURCE_ENDINGS)):
        raise SuiteError(
            f"{url} is no model file and no archive",
            where=at,
            advice="it has to end with " + ", ".join((*ARCHIVE_ENDINGS, *_SINGLE_FILES)),
        )
    if name.endswith(".pb") and not outputs:
        raise SuiteError(
            f"{url} does not say which of its nodes are outputs",
            where=at,
            advice="add outputs: [NAME]",
        )
    if (kind := SOURCE_ENDINGS.get(PurePosixPath(name).suffix)) is not None:
        _refuse_foreign(url, kind, {"inputs": inputs, "outputs": outputs, "tags": tags}, at)
    return Source(
        SourceKind.URL,
        url,
        at,
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        tags=tuple(tags),
        sha256=_require_sha256(url, sha256, at),
    )


_SINGLE_FILES = tuple(ending for ending in SOURCE_ENDINGS if ending != ".json")


def _require_sha256(url: str, sha256: str | None, at: Location | None) -> str:
    if sha256 is None:
        raise SuiteError(
            f"{url} has no sha256",
            where=at,
            advice=f"write {{url: {url}, sha256: ...}}, as sha256sum prints it for the file",
        )
    digest = sha256.lower().removeprefix("sha256:")
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise SuiteError(
            f"{sha256!r} is no SHA-256", where=at, advice="it is 64 hexadecimal digits"
        )
    return digest


def _find(written: str, folder: Path, at: Location | None) -> tuple[SourceKind, str]:
    """Kind and location of what ``written`` names."""
    if written.startswith(ZOO):
        return SourceKind.ZOO, zoo_name(written, "model", at)
    if _URL.match(written):
        _require_sha256(written, None, at)
    if CODE.fullmatch(written) and not (folder / written).exists():
        return SourceKind.CODE, written
    path = existing(written, folder, at, _SOURCES)
    if path.is_dir():
        if (path / TFJS_MODEL_FILE).is_file():
            return SourceKind.TFJS, str(path)
        require_saved_model(path, written, at)
        return SourceKind.SAVED_MODEL, str(path)
    if path.name in SAVED_MODEL_FILES:
        raise SuiteError(
            f"{written} is one file of a SavedModel", where=at, advice="name the folder it is in"
        )
    ending = path.suffix.lower()
    if ending not in SOURCE_ENDINGS:
        raise SuiteError(f"{written} is no model file", where=at, advice=_SOURCES)
    CHECKS[ending](path, written, at)
    return SOURCE_ENDINGS[ending], str(path)


def find_module(written: str | None, folder: Path, at: Location) -> Path | None:
    """The JavaScript module that ``written`` names, relative to ``folder``; None for none.

    Raises SuiteError where it is not there, or no module by its name.
    """
    if written is None:
        return None
    path = existing(written, folder, at, _MODULE)
    if path.suffix not in _MODULE_ENDINGS or not path.is_file():
        raise SuiteError(
            f"{written} is no JavaScript module",
            where=at,
            advice=_MODULE,
        )
    return path


_MODULE = "name an .mjs file whose default export registers the ops"
_MODULE_ENDINGS = (".mjs", ".js")
