"""Whether files and folders look like what they claim to be, from their names and first bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sizewise.domain import SAVED_MODEL_FILES, Location
from sizewise.errors import SuiteError

_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_ZIP_MAGIC = b"PK\x03\x04"
_TFLITE_MAGIC = b"TFL3"


def names_in(folder: Path) -> list[str]:
    """The names of what is in a folder; none where it cannot be read."""
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []


def folders_in(folder: Path) -> list[str]:
    """The names of the folders in a folder, without hidden ones."""
    return [
        name for name in names_in(folder) if (folder / name).is_dir() and not name.startswith(".")
    ]


def require_saved_model(folder: Path, written: str, at: Location | None) -> None:
    """Raise SuiteError where a folder is no SavedModel."""
    names = names_in(folder)
    if any(name in names for name in SAVED_MODEL_FILES):
        return
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    inner = next((name for name in names if (folder / name / "saved_model.pb").is_file()), None)
    raise SuiteError(
        f"{written} is a folder that is no SavedModel: it holds {shown or 'nothing'}",
        where=at,
        advice=(
            f"did you mean '{written.rstrip('/')}/{inner}'?"
            if inner
            else "a SavedModel folder holds saved_model.pb, a TF.js folder model.json"
        ),
    )


def require_zip(path: Path, written: str, at: Location | None) -> None:
    """Raise SuiteError where a file is no whole zip archive."""
    from zipfile import is_zipfile

    start = _start_of(path, written, at)
    if is_zipfile(path):
        return
    ending = path.suffix.lower()
    if start.startswith(_ZIP_MAGIC):
        raise SuiteError(
            f"{written} is truncated: the zip archive has no end",
            where=at,
            advice="copy or save it again",
        )
    if start == _HDF5_MAGIC:
        raise SuiteError(
            f"{written} is no {ending} file but an HDF5 file",
            where=at,
            advice="give it the ending .h5" if ending == ".keras" else None,
        )
    raise SuiteError(f"{written} is no {ending} file: it is no zip archive", where=at)


def _require_hdf5(path: Path, written: str, at: Location | None) -> None:
    start = _start_of(path, written, at)
    if start == _HDF5_MAGIC:
        return
    raise SuiteError(
        f"{written} is no HDF5 file",
        where=at,
        advice="give it the ending .keras" if start.startswith(_ZIP_MAGIC) else None,
    )


def _require_tflite(path: Path, written: str, at: Location | None) -> None:
    if _start_of(path, written, at)[4:] != _TFLITE_MAGIC:
        raise SuiteError(
            f"{written} is no .tflite file", where=at, advice="copy or convert it again"
        )


def require_content(path: Path, written: str, at: Location | None) -> None:
    """Raise SuiteError where a file is empty or cannot be read."""
    _start_of(path, written, at)


CHECKS: Mapping[str, Callable[[Path, str, Location | None], None]] = {
    ".keras": require_zip,
    ".h5": _require_hdf5,
    ".hdf5": _require_hdf5,
    ".pb": require_content,
    ".tflite": _require_tflite,
    ".json": require_content,
}
"""How a file of each ending is looked at."""


def _start_of(path: Path, written: str, at: Location | None) -> bytes:
    """The first bytes of a file that has any."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_HDF5_MAGIC))
    except OSError as error:
        raise SuiteError(f"{written} cannot be read: {error.strerror}", where=at) from error
    if not start:
        raise SuiteError(f"{written} is empty", where=at, advice="copy or save it again")
    return start
