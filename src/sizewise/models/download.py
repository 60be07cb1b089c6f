"""Models behind a URL: downloaded once, believed only with the right SHA-256."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from sizewise import storage
from sizewise.domain import (
    ARCHIVE_ENDINGS,
    SAVED_MODEL_FILES,
    SOURCE_ENDINGS,
    TFJS_MODEL_FILE,
    Source,
    SourceKind,
)
from sizewise.errors import SourceError
from sizewise.models.archives import unpack

TIMEOUT_SECONDS = 30
"""How long a server may keep silent."""

_LOGGER = logging.getLogger(__name__)


def fetch(source: Source) -> Source:
    """The local source behind a URL, from the cache or downloaded now; archives are unpacked.

    The folder in the cache is complete or absent. One INFO line says that a download starts.
    Raises SourceError for a server that cannot be reached, a file that is not there, a cut
    connection, a wrong hash, and an archive without a model in it.
    """
    assert source.sha256 is not None, "a URL comes with its hash"
    folder = storage.cache_folder() / "downloads" / source.sha256
    if not folder.is_dir():
        _LOGGER.info("downloading %s, once, to %s", source.location, folder)
        with storage.new_folder(folder) as temporary:
            _download(source, source.sha256, temporary)
    return _inside(source, folder)


def _download(source: Source, sha256: str, folder: Path) -> None:
    name = _file_name(source.location)
    file = _retrieve(source.location, sha256, name, folder)
    if name.lower().endswith(ARCHIVE_ENDINGS):
        unpack(file, folder / "content")
        file.unlink()
        _inside(source, folder)


def _retrieve(url: str, sha256: str, name: str, folder: Path) -> Path:
    import pooch  # type: ignore[import-untyped]
    import requests

    pooch.get_logger().setLevel(logging.WARNING)
    try:
        return Path(
            pooch.retrieve(
                url,
                known_hash=f"sha256:{sha256}",
                fname=name,
                path=folder,
                downloader=pooch.HTTPDownloader(timeout=TIMEOUT_SECONDS),
            )
        )
    except requests.HTTPError as error:
        status = getattr(error.response, "status_code", "an error")
        raise SourceError(
            f"{url} cannot be downloaded: the server answers {status}", advice="check the address"
        ) from error
    except (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
    ) as error:
        raise SourceError(
            f"{url} cannot be downloaded: {_reason(error)}",
            advice="check the address and the network, and try again",
        ) from error
    except ValueError as error:  # pooch has no class of its own for a wrong hash
        if "hash" not in str(error):
            raise SourceError(
                f"{url} is no address: {error}", advice="write https://..."
            ) from error
        raise SourceError(
            f"{url} does not have the SHA-256 {sha256}",
            advice="make sure that the file is the one that you mean, then mend sha256",
        ) from error


def _reason(error: Exception) -> str:
    import requests

    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was cut"
    if isinstance(error, requests.Timeout):
        return f"no answer within {TIMEOUT_SECONDS} s"
    return "the server cannot be reached"


def _file_name(url: str) -> str:
    return PurePosixPath(unquote(urlsplit(url).path)).name or "model"


def _inside(source: Source, folder: Path) -> Source:
    """The first model in a folder, looked for from the top down."""
    for path in _breadth_first(folder):
        if path.is_dir():
            names = {inner.name for inner in path.iterdir()}
            if names.intersection(SAVED_MODEL_FILES):
                return _local(source, SourceKind.SAVED_MODEL, path)
            if TFJS_MODEL_FILE in names:
                return _local(source, SourceKind.TFJS, path)
        elif (kind := SOURCE_ENDINGS.get(path.suffix.lower())) is not None:
            return _local(source, kind, path)
    raise SourceError(
        f"there is no model in what {source.location} holds",
        advice="it has to hold a SavedModel, a TF.js model, or a .keras, .h5, .tflite or .pb file",
    )


def _local(source: Source, kind: SourceKind, path: Path) -> Source:
    return replace(source, kind=kind, location=str(path), sha256=None)


def _breadth_first(folder: Path) -> Iterator[Path]:
    level = [folder]
    while level:
        yield from level
        level = sorted(inner for path in level if path.is_dir() for inner in path.iterdir())
