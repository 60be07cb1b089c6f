"""What the paths of a suite lead to: is it there, and does it look like what it claims to be?

Whether a model can be opened and whether data fits it is for those who open them to say.
"""

from __future__ import annotations

from pathlib import Path

from sizewise.domain import ZOO_MODELS, DataSource, Location, Source, SourceKind
from sizewise.errors import SuiteError, did_you_mean

_ZOO = "zoo:"
_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_ZIP_MAGIC = b"PK\x03\x04"
_HDF5_ENDINGS = (".h5", ".hdf5")
_SAVED_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")
_SOURCES = "a source is zoo:NAME, a SavedModel folder, or a .keras, .h5 or .hdf5 file"


def find_source(written: str, folder: Path, at: Location) -> Source:
    """The source that ``written`` names; paths are relative to ``folder``.

    Raises SuiteError where there is none.
    """
    if written.startswith(_ZOO):
        name = _zoo_name(written, "model", at)
        return Source(SourceKind.ZOO, name, at)
    path = _existing(written, folder, at)
    if path.is_dir():
        _require_saved_model(path, written, at)
        return Source(SourceKind.SAVED_MODEL, str(path), at)
    ending = path.suffix.lower()
    if ending == ".keras":
        _require_zip(path, written, at)
    elif ending in _HDF5_ENDINGS:
        _require_hdf5(path, written, at)
    elif path.name in _SAVED_MODEL_FILES:
        raise SuiteError(
            f"{written} is one file of a SavedModel", where=at, advice="name the folder it is in"
        )
    else:
        raise SuiteError(f"{written} is no model file", where=at, advice=_SOURCES)
    return Source(SourceKind.KERAS, str(path), at)


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
    _require_zip(path, written, at)
    return DataSource(str(path), limit, seed, at)


def _zoo_name(written: str, what: str, at: Location) -> str:
    name = written.removeprefix(_ZOO)
    if name not in ZOO_MODELS:
        raise SuiteError(
            f"unknown zoo {what} {name!r}", where=at, advice=did_you_mean(name, ZOO_MODELS)
        )
    return name


def _existing(written: str, folder: Path, at: Location) -> Path:
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
    beside = _names_in(path.parent)
    advice = did_you_mean(path.name, beside)
    if advice.startswith("did you mean"):
        return advice
    return "paths are relative to the suite's folder"


def _names_in(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []


def _require_saved_model(folder: Path, written: str, at: Location) -> None:
    names = _names_in(folder)
    if any(name in names for name in _SAVED_MODEL_FILES):
        return
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    inner = next((name for name in names if (folder / name / "saved_model.pb").is_file()), None)
    raise SuiteError(
        f"{written} is a folder that is no SavedModel: it holds {shown or 'nothing'}",
        where=at,
        advice=(
            f"did you mean '{written.rstrip('/')}/{inner}'?"
            if inner
            else "a SavedModel folder holds saved_model.pb"
        ),
    )


def _require_zip(path: Path, written: str, at: Location) -> None:
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


def _require_hdf5(path: Path, written: str, at: Location) -> None:
    start = _start_of(path, written, at)
    if start == _HDF5_MAGIC:
        return
    raise SuiteError(
        f"{written} is no HDF5 file",
        where=at,
        advice="give it the ending .keras" if start.startswith(_ZIP_MAGIC) else None,
    )


def _start_of(path: Path, written: str, at: Location) -> bytes:
    """The first bytes of a file that has any."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_HDF5_MAGIC))
    except OSError as error:
        raise SuiteError(f"{written} cannot be read: {error.strerror}", where=at) from error
    if not start:
        raise SuiteError(f"{written} is empty", where=at, advice="copy or save it again")
    return start
