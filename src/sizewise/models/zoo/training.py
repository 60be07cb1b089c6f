"""Trained once, then kept in the user's cache folder."""

from __future__ import annotations

import hashlib
import inspect
import logging
import sys
from importlib.metadata import version
from pathlib import Path

from sizewise import storage
from sizewise.models.zoo import definition, fitting
from sizewise.models.zoo.definition import ZooModel

_LIBRARIES = ("tensorflow", "tf-keras", "scikit-learn", "numpy")
_LOGGER = logging.getLogger(__name__)


def trained_file(model: ZooModel) -> Path:
    """The ``.keras`` file of a zoo model; trained now if this definition never was before.

    The folder that it is in is complete or absent. One INFO line says that a training starts.
    """
    folder = storage.cache_folder() / "zoo" / f"{model.name}-{fingerprint(model)}"
    if not folder.is_dir():
        _LOGGER.info("training %s, once, for %s", model.name, folder)
        with storage.new_folder(folder) as temporary:
            model.train(model.data()).save(temporary / "model.keras")
    return folder / "model.keras"


def fingerprint(model: ZooModel) -> str:
    """16 hex digits that change with the source of the definition, of its data and of what all
    definitions share, and with the libraries' versions.
    """
    own = [sys.modules[part.__module__] for part in (model.train, model.data)]
    sources = [inspect.getsource(module) for module in (*own, definition, fitting)]
    versions = [f"{library} {version(library)}" for library in _LIBRARIES]
    return hashlib.sha256("\n".join(sources + versions).encode()).hexdigest()[:16]
