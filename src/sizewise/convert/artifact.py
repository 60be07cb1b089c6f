"""The manifest of an artifact, from the files that were written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from sizewise import storage
from sizewise.domain import Artifact, ArtifactFile, Signature, Target
from sizewise.errors import ConversionError


class Written(NamedTuple):
    """What a converter put into a folder: its files, the entry file first."""

    files: Sequence[str]
    signature: Signature
    notes: tuple[str, ...] = ()


def write_artifact(
    target: Target, encoding: str, folder: Path, write: Callable[[Path], Written]
) -> Artifact:
    """Let ``write`` fill a new folder, and describe what it wrote.

    ``write`` gets an empty folder, which becomes ``folder`` only when all is well. Raises
    ConversionError where ``folder`` exists.
    """
    if folder.exists():
        raise ConversionError(
            f"{folder} exists already", advice="remove it or choose another folder"
        )
    with storage.new_folder(folder) as temporary:
        written = write(temporary)
        files = tuple(_describe(temporary, name) for name in written.files)
    return Artifact(
        target, encoding, folder, files, digest(files), written.signature, notes=written.notes
    )


def digest(files: Iterable[ArtifactFile]) -> str:
    """Hex SHA-256 over the lines ``<sha256>  <path>`` of the manifest, in its order."""
    lines = (f"{file.sha256}  {file.path}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _describe(folder: Path, name: str) -> ArtifactFile:
    path = folder / name
    return ArtifactFile(name, path.stat().st_size, storage.sha256_of(path))
