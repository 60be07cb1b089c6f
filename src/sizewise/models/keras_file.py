"""Keras files: ``.keras``, ``.h5`` and ``.hdf5``, each opened by the Keras that wrote it."""

from __future__ import annotations

import importlib
import io
import json
import zipfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sizewise.domain import OpenModel, Signature, Source
from sizewise.errors import SetupError, SourceError
from sizewise.models.archives import require_harmless
from sizewise.models.faults import refusing
from sizewise.models.hdf5 import require_contained
from sizewise.models.keras_code import dangers
from sizewise.models.keras_model import open_keras_model
from sizewise.units import format_bytes

_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_HDF5_ENDING = ".h5"
_COPY_AGAIN = "copy the file again, whole, or save the model again with model.save(...)"
_SAVE_AGAIN = "save the model again with model.save(...)"
_MAX_TEXT_BYTES = 256 * 1024**2
"""The largest description of a model that is read: those of real models have a few megabytes."""


@dataclass(frozen=True, slots=True)
class KerasFile:
    """What a Keras file says of itself: the version of its writer and the model's config."""

    keras_version: str
    config: Any

    @property
    def library(self) -> str:
        """The module that reads it: files of Keras 2 and earlier are ``tf_keras``'s.

        Keras 3 refuses the depthwise layers of older HDF5 files, so no file is handed to a
        Keras that did not write it.
        """
        return library_of(self.keras_version)


def library_of(keras_version: str) -> str:
    """``keras`` for Keras 3 and later, ``tf_keras`` for what came before, and for TF.js."""
    major = keras_version.partition(".")[0]
    return "keras" if major.isdecimal() and int(major) >= 3 else "tf_keras"


def describe(source: Source, signature: str | None) -> Signature:
    """The signature; the file is opened for it, because only that proves it whole."""
    return open_source(source, signature, source.location).signature


def open_source(source: Source, signature: str | None, name: str) -> OpenModel:
    """Open the file; nothing that it contains is run as code, and it is not compiled.

    ``source.unsafe_lambda`` allows the code of Lambda layers.
    """
    path = Path(source.location)
    file = read_keras_file(path)
    keras = import_keras(file.library)
    refuse_code(file.config, path, keras, unsafe_lambda=source.unsafe_lambda)
    safe = not source.unsafe_lambda
    with (
        refusing(
            f"{path} cannot be opened by {file.library}",
            advice="if it has layers of your own, export the model as a SavedModel instead",
        ),
        safe_mode(keras, on=safe),
    ):
        model = keras.models.load_model(path, compile=False, safe_mode=safe)
    return open_keras_model(model, name=name, signature=signature)


def import_keras(library: str) -> Any:
    """The Keras called ``library``. Raises SetupError where it does not compute in TensorFlow."""
    keras = importlib.import_module(library)
    if library == "keras" and keras.backend.backend() != "tensorflow":
        raise SetupError(
            f"Keras is set to the backend {keras.backend.backend()}",
            advice="set the environment variable KERAS_BACKEND to tensorflow",
        )
    return keras


def refuse_code(config: Any, path: Path, keras: Any, *, unsafe_lambda: bool) -> None:
    """Raise SourceError where a model's config, read from ``path``, would run code or read files.

    ``unsafe_lambda`` allows the code of Lambda layers, and nothing else.
    """

    def is_registered(name: str) -> bool:
        return keras.saving.get_registered_object(name) is not None

    for danger in dangers(config, is_registered):
        if danger.is_lambda and unsafe_lambda:
            continue
        allow = (
            "; --unsafe-lambda, or unsafe_lambda=True, runs the code of an author whom you trust"
            if danger.is_lambda
            else ""
        )
        raise SourceError(
            f"{path} {danger.what}",
            advice=f"replace it by a built-in layer, or export the model as a SavedModel{allow}",
        )


def safe_mode(keras: Any, *, on: bool) -> AbstractContextManager[None]:
    """While it lasts, Keras refuses marshalled code, or does not, whichever function reads it:
    the argument ``safe_mode`` is ignored for HDF5 files by tf_keras, and absent for JSON.
    """
    library = importlib.import_module(f"{keras.__name__}.src.saving.serialization_lib")
    scope: AbstractContextManager[None] = library.SafeModeScope(on)
    return scope


def read_keras_file(path: Path) -> KerasFile:
    """Version and config of a ``.keras`` archive or an HDF5 file; its bytes tell which it is.

    Raises SourceError for a missing, truncated or foreign file, and for one of weights only.
    """
    if not path.is_file():
        raise SourceError(f"{path} does not exist", advice="name a .keras, .h5 or .hdf5 file")
    if zipfile.is_zipfile(path):
        return _read_archive(path)
    with path.open("rb") as file:
        start = file.read(len(_HDF5_MAGIC))
    if start == _HDF5_MAGIC:
        return _read_hdf5(path)
    raise SourceError(f"{path} is no Keras file, or cut short", advice=_COPY_AGAIN)


def _read_archive(path: Path) -> KerasFile:
    with (
        refusing(f"{path} is no readable .keras file", advice=_COPY_AGAIN),
        zipfile.ZipFile(path) as archive,
    ):
        require_harmless(archive, path, _SAVE_AGAIN)
        for name in archive.namelist():
            if name.endswith(_HDF5_ENDING):
                _require_contained(archive, name, path)
        metadata = json.loads(_text_member(archive, "metadata.json"))
        config = json.loads(_text_member(archive, "config.json"))
        return KerasFile(str(metadata["keras_version"]), config)


def _text_member(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > _MAX_TEXT_BYTES:
        raise ValueError(f"{name} is larger than {format_bytes(_MAX_TEXT_BYTES)}")
    return archive.read(name)


def _require_contained(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    """See ``require_contained``, for a member that is an HDF5 file."""
    import h5py

    is_stored = archive.getinfo(name).compress_type == zipfile.ZIP_STORED
    # To look around in a member that is compressed costs unpacking it again for each look back.
    source = archive.open(name) if is_stored else io.BytesIO(archive.read(name))
    with source, h5py.File(source, "r") as file:
        require_contained(file, f"{path}, {name},")


def _read_hdf5(path: Path) -> KerasFile:
    import h5py

    with (
        refusing(f"{path} is no readable HDF5 file", advice=_COPY_AGAIN),
        h5py.File(path, "r") as file,
    ):
        require_contained(file, str(path))
        if "model_config" not in file.attrs:
            raise SourceError(
                f"{path} holds weights without a model",
                advice="save the whole model, with model.save(...)",
            )
        # Files from before Keras wrote its version are older than Keras 3.
        version = file.attrs.get("keras_version", "2")
        return KerasFile(_text(version), json.loads(_text(file.attrs["model_config"])))


def _text(attribute: Any) -> str:
    return attribute.decode() if isinstance(attribute, bytes) else str(attribute)
