"""Named arrays, as data sources give them, before they are bound to a model's inputs."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from sizewise.domain import Array
from sizewise.errors import DataError
from sizewise.units import format_bytes


@dataclass(frozen=True, slots=True)
class NamedArrays:
    """Arrays by name, and where they come from; the first axis of each is the samples.

    ``classes`` are the names behind the class numbers in ``y``, where these were made here;
    ``notes`` say what to know of the samples.
    """

    origin: str
    arrays: Mapping[str, Array]
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_npz(path: Path) -> NamedArrays:
    """Every array of an ``.npz`` file; nothing in it is ever unpickled.

    Raises DataError for a missing, truncated or foreign file and for arrays of objects.
    """
    if not path.is_file():
        raise DataError(f"{path} does not exist", advice="name an .npz file")
    try:
        archive = _opened(path)
    except Exception as error:
        raise DataError(
            f"{path} is no .npz file, or cut short",
            advice="write it with numpy.savez(file, x=..., y=...)",
        ) from error
    with archive:
        _require_room(path, archive)
        return NamedArrays(path.name, {name: _member(path, archive, name) for name in archive})


def _opened(path: Path) -> NpzFile:
    """The archive; zipfile and NumPy raise what they like for what is none."""
    if not zipfile.is_zipfile(path):
        # NumPy would take it for an array, or a pickle.
        raise ValueError("no archive")
    archive = np.load(path, allow_pickle=False)
    if not isinstance(archive, NpzFile):
        raise TypeError("no archive of arrays")
    return archive


def _require_room(path: Path, archive: NpzFile) -> None:
    """Refuse what cannot be held, whatever little it is on disk."""
    import psutil

    total = sum(member.file_size for member in archive.zip.infolist())
    memory = psutil.virtual_memory().total
    if total > memory:
        raise DataError(
            f"{path} unpacks to {format_bytes(total)}, more than the memory of this machine, "
            f"{format_bytes(memory)}",
            advice="store fewer samples",
        )


def _member(path: Path, archive: Mapping[str, Array], name: str) -> Array:
    try:
        array = np.asarray(archive[name])
    except Exception as error:
        # A damaged member: zipfile, zlib and NumPy raise what they like.
        if "allow_pickle" in str(error):
            raise DataError(
                f"{name} in {path} is an array of objects, which could run code when it is read",
                advice="store numbers or text: an array of one type, all samples of one shape",
            ) from error
        raise DataError(
            f"{name} in {path} cannot be read ({error})", advice="write the file again"
        ) from error
    if array.ndim == 0:
        raise DataError(
            f"{name} in {path} is a single value", advice="its first axis has to be the samples"
        )
    return array
