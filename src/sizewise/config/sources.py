"""What the paths of a suite lead to: is it there, and does it look like what it claims to be?

Whether a model can be opened and whether data fits it is for those who open them to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from sizewise.config.looks import CHECKS, names_in, require_saved_model, require_zip
from sizewise.domain import (
    ARCHIVE_ENDINGS,
    SAVED_MODEL_FILES,
    SOURCE_ENDINGS,
    TFJS_MODEL_FILE,
    ZOO_MODELS,
    DataSource,
    Location,
    Source,
    SourceKind,
)
from sizewise.errors import SuiteError, did_you_mean

_ZOO = "zoo:"
_CODE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
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
    if written.startswith(_ZOO):
        return SourceKind.ZOO, _zoo_name(written, "model", at)
    if _URL.match(written):
        _require_sha256(written, None, at)
    if _CODE.fullmatch(written) and not (folder / written).exists():
        return SourceKind.CODE, written
    path = _existing(written, folder, at)
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


def find_data(
    written: str, folder: Path, at: Location, *, limit: int | None = None, seed: int = 0
) -> DataSource:
    """The samples that ``written`` names; paths are relative to ``folder``.

    Raises SuiteError where there are none.
    """
    if written.startswith(_ZOO):
        _zoo_name(written, "data", at)
        return DataSource(written, limit, seed, at)
    path = _existing(written, folder, at)
    if path.is_dir() or path.suffix.lower() != ".npz":
        raise SuiteError(
            f"{written} is no .npz file",
            where=at,
            advice="data is zoo:NAME, or an .npz file with x and y as numpy.savez writes it",
        )
    require_zip(path, written, at)
    return DataSource(str(path), limit, seed, at)


def find_module(written: str | None, folder: Path, at: Location) -> Path | None:
    """The JavaScript module that ``written`` names, relative to ``folder``; None for none.

    Raises SuiteError where it is not there, or no module by its name.
    """
    if written is None:
        return None
    path = _existing(written, folder, at)
    if path.suffix not in _MODULE_ENDINGS or not path.is_file():
        raise SuiteError(
            f"{written} is no JavaScript module",
            where=at,
            advice="name an .mjs file whose default export registers the ops",
        )
    return path


_MODULE_ENDINGS = (".mjs", ".js")


def _zoo_name(written: str, what: str, at: Location | None) -> str:
    name = written.removeprefix(_ZOO)
    if name not in ZOO_MODELS:
        raise SuiteError(
            f"unknown zoo {what} {name!r}", where=at, advice=did_you_mean(name, ZOO_MODELS)
        )
    return name


def _existing(written: str, folder: Path, at: Location | None) -> Path:
    """The absolute path, with the name of its last part kept where that is a link."""
    if not written.strip():
        raise SuiteError("the path is empty", where=at, advice=_SOURCES)
    path = folder / written
    try:
        if path.exists():
            return path.parent.resolve() / path.name
    except OSError as error:
        raise SuiteError(f"{written} cannot be read: {error.strerror}", where=at) from error
    raise SuiteError(
        f"no such file or folder: {written}", where=at, advice=_missing_advice(written, path)
    )


def _missing_advice(written: str, path: Path) -> str:
    if written in ZOO_MODELS:
        return f"did you mean '{_ZOO}{written}'?"
    if written.startswith("~"):
        return "write ${HOME} instead of ~"
    if ":" in written:
        return _SOURCES
    beside = names_in(path.parent)
    advice = did_you_mean(path.name, beside)
    if advice.startswith("did you mean"):
        return advice
    return "paths are relative to the suite's folder"
