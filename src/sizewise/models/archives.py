"""Archives, unpacked so that nothing gets outside the folder that they are unpacked into."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from sizewise.errors import SourceError
from sizewise.models.faults import refusing
from sizewise.units import format_bytes

MAX_BYTES = 8 * 1024**3
"""The most that an archive may unpack to: more than any model that a browser or phone runs."""

MAX_FILES = 10_000
_UNPACK_IT = "unpack it yourself, look at what is in it, and name the model as a file or folder"


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the files of a ``.zip``, ``.tar.gz`` or ``.tgz`` into ``folder``.

    Raises SourceError for a damaged archive, for members with a path outside of ``folder``, for
    links and devices, and beyond ``MAX_BYTES`` or ``MAX_FILES``. Sizes are counted while bytes
    are written: what the archive says of itself is not believed.
    """
    members = _zip_members if archive.suffix.lower() == ".zip" else _tar_members
    left = MAX_BYTES
    with refusing(f"{archive.name} cannot be unpacked", advice="download it again"):
        for count, (name, content) in enumerate(members(archive), start=1):
            if count > MAX_FILES:
                raise SourceError(f"{archive.name} has over {MAX_FILES} files", advice=_UNPACK_IT)
            left -= _write(
                content,
                folder.joinpath(_plain_path(archive, name, _UNPACK_IT)),
                left,
                archive,
            )


def require_harmless(opened: zipfile.ZipFile, archive: Path, advice: str) -> None:
    """Raise SourceError for a zip archive that another library is going to unpack, where
    ``unpack`` would refuse it: by its names, its links and the sizes that it declares, beyond
    which zipfile reads nothing.
    """
    members = opened.infolist()
    if len(members) > MAX_FILES:
        raise SourceError(f"{archive.name} has over {MAX_FILES} files", advice=advice)
    for member in members:
        _plain_path(archive, member.filename, advice)
        if _is_link(member):
            raise _link(archive, member.filename, advice)
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise SourceError(
            f"{archive.name} unpacks to more than {format_bytes(MAX_BYTES)}", advice=advice
        )


def _plain_path(archive: Path, name: str, advice: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or not path.parts:
        raise SourceError(
            f"{archive.name} has a member outside of its folder: {name!r}", advice=advice
        )
    return path


def _write(content: IO[bytes], path: Path, limit: int, archive: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with path.open("xb") as file:
        while block := content.read(1 << 20):
            written += len(block)
            if written > limit:
                raise SourceError(
                    f"{archive.name} unpacks to more than {format_bytes(MAX_BYTES)}",
                    advice=_UNPACK_IT,
                )
            file.write(block)
    return written


def _zip_members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            if _is_link(member):
                raise _link(archive, member.filename, _UNPACK_IT)
            if not member.is_dir():
                with opened.open(member) as content:
                    yield member.filename, content


def _tar_members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(archive, "r:gz") as opened:
        for member in opened:
            if member.isdir():
                continue
            if not member.isreg():
                raise _link(archive, member.name, _UNPACK_IT)
            content = opened.extractfile(member)
            assert content is not None, "a regular file has content"
            with content:
                yield member.name, content


def _is_link(member: zipfile.ZipInfo) -> bool:
    return member.external_attr >> 28 == 0o12


def _link(archive: Path, name: str, advice: str) -> SourceError:
    return SourceError(
        f"{archive.name} has a member that is no plain file: {name!r}", advice=advice
    )
