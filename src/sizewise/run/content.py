"""The content behind what a suite names: digests of files, and of the code behind a name."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from functools import lru_cache
from importlib.machinery import PathFinder
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from sizewise.domain import DataKind, DataSource, Source, SourceKind
from sizewise.storage import sha256_of


class UnknownContentError(Exception):
    """What is behind a name cannot be known without opening it, or is not there."""


def content_of_source(source: Source) -> str:
    """What stands for the content of a model's source in a key.

    The digest of its file, or of all files of its folder; of a ``model.json``, also of the files
    that it names. Behind a URL it is the hash that the suite gives. For ``package.module:function``
    it is the source file of the module: what that imports is not looked at. Zoo models are part of
    our own code. Raises UnknownContentError.
    """
    match source.kind:
        case SourceKind.ZOO | SourceKind.APPLICATION:
            return source.location
        case SourceKind.URL:
            return f"{source.sha256} {PurePosixPath(urlsplit(source.location).path).name}"
        case SourceKind.CODE:
            return content_of_code(source.location, source.folder)
        case SourceKind.TFJS:
            return _content_of_tfjs(Path(source.location))
        case _:
            return content_of_path(Path(source.location))


def content_of_data(source: DataSource) -> list[str | None]:
    """The same for the kind of samples, for them, and for those to train on, None without any.

    Raises UnknownContentError.
    """

    def content(place: str) -> str:
        match source.kind:
            case DataKind.ZOO | DataKind.NOISE:
                return place
            case DataKind.CODE:
                return content_of_code(place, source.folder)
            case _:
                return content_of_path(Path(place))

    train = None if source.train is None else content(source.train)
    return [source.kind.value, content(source.location), train]


def content_of_path(path: Path) -> str:
    """The digest of a file, or of all files of a folder with their names."""
    try:
        if path.is_dir():
            return _digest(path, (file for file in path.rglob("*") if file.is_file()))
        return _of_file(path)
    except OSError as error:
        raise UnknownContentError(str(error)) from error


def content_of_code(location: str, folder: Path | None) -> str:
    """``package.module:function`` and the digest of the module's file, which is not run."""
    module = location.partition(":")[0]
    first = [] if folder is None else [str(folder)]
    places = [*first, str(Path.cwd()), *sys.path]
    parts = module.split(".")
    spec = None
    for count in range(1, len(parts) + 1):
        name = ".".join(parts[:count])
        spec = PathFinder.find_spec(name, places)
        if spec is None:
            raise UnknownContentError(f"there is no module {name}")
        places = list(spec.submodule_search_locations or ())
    if spec is None or spec.origin is None:
        raise UnknownContentError(f"the module {module} has no file")
    return f"{location} {content_of_path(Path(spec.origin))}"


def _content_of_tfjs(path: Path) -> str:
    if path.is_dir():
        return content_of_path(path)
    try:
        groups = json.loads(path.read_bytes())["weightsManifest"]
        files = [path.parent / str(name) for group in groups for name in group["paths"]]
        return _digest(path.parent, [path, *files])
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UnknownContentError(f"{path} names no files of weights") from error


def _digest(root: Path, files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        name = os.fsencode(file.relative_to(root))
        digest.update(name + b"\0" + _of_file(file).encode() + b"\n")
    return digest.hexdigest()


def _of_file(path: Path) -> str:
    """The digest; read once in a process for as long as size and time of change stay."""
    told = path.stat()
    return _of_unchanged(path, told.st_size, told.st_mtime_ns)


@lru_cache(maxsize=4096)
def _of_unchanged(path: Path, _size: int, _changed: int) -> str:
    return sha256_of(path)
