"""Reading the files of an artifact, held against its manifest."""

from __future__ import annotations

from pathlib import Path

from sizewise.domain import ArtifactFile
from sizewise.errors import ConversionError


def read_artifact_file(folder: Path, file: ArtifactFile) -> bytes:
    """The bytes of one file of a manifest.

    Raises ConversionError where the file cannot be read or is not as long as the manifest says.
    """
    path = folder / file.path
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConversionError(
            f"cannot read a file of the artifact: {error.strerror}", where=path
        ) from error
    if len(content) != file.size_bytes:
        raise ConversionError(
            f"the file holds {len(content)} bytes where the manifest says {file.size_bytes}",
            where=path,
            advice="convert the model again",
        )
    return content
