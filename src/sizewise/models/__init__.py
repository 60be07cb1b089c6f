"""Models and their data: opened from wherever they come, checked before anything is written.

A kind of source is one module with ``describe`` and ``open_source``, and one row in
``OPENERS``. Importing this room imports neither TensorFlow nor scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from sizewise.domain import ModelSpec, OpenModel, Signature, Source, SourceKind
from sizewise.models import (
    applications,
    frozen_graph,
    keras_file,
    python_code,
    saved_model,
    tfjs,
    tflite_file,
    zoo,
)
from sizewise.models.data import load_data
from sizewise.models.download import fetch
from sizewise.models.faults import located
from sizewise.models.objects import open_object
from sizewise.models.outputs import reference
from sizewise.models.signatures import DEFAULT_SIGNATURE

__all__ = [
    "DEFAULT_SIGNATURE",
    "OPENERS",
    "Opener",
    "check_model",
    "list_signatures",
    "load_data",
    "open_model",
    "open_object",
    "open_source",
    "reference",
]


class Opener(Protocol):
    """What a module has to offer to open one kind of source."""

    def describe(self, source: Source, signature: str | None) -> Signature:
        """The signature that ``open_source`` will have, as cheaply as it can be known.

        Names, types and shapes of inputs and outputs are final; graph tensor names need not
        be. Raises SourceError for all that would keep the source from being opened.
        """

    def open_source(self, source: Source, signature: str | None, name: str) -> OpenModel:
        """The model in memory, called ``name``. Raises SourceError."""


OPENERS: Mapping[SourceKind, Opener] = {
    SourceKind.ZOO: zoo,
    SourceKind.SAVED_MODEL: saved_model,
    SourceKind.KERAS: keras_file,
    SourceKind.FROZEN_GRAPH: frozen_graph,
    SourceKind.TFJS: tfjs,
    SourceKind.TFLITE: tflite_file,
    SourceKind.CODE: python_code,
    SourceKind.APPLICATION: applications,
}
"""How each kind of source on this machine is opened."""

_SEVERAL: Mapping[SourceKind, Callable[[Source], tuple[str, ...]]] = {
    SourceKind.SAVED_MODEL: saved_model.signatures,
    SourceKind.TFLITE: tflite_file.signatures,
}
"""How the signatures are listed of the kinds that can have more than one."""


def open_source(source: Source, *, name: str = "model", signature: str | None = None) -> OpenModel:
    """Open a source; without ``signature`` the usual one, or the only one.

    A URL is downloaded, code is run. Raises SourceError, which names ``source.at`` if known.
    """
    with located(source.at):
        local = _local(source)
        return OPENERS[local.kind].open_source(local, signature, name)


def open_model(spec: ModelSpec) -> OpenModel:
    """Open a model of a suite: see ``open_source``."""
    return open_source(spec.source, name=spec.name, signature=spec.signature)


def list_signatures(source: Source) -> tuple[str, ...]:
    """Names of all signatures of a source, in the order of the alphabet.

    Raises SourceError for what cannot be opened.
    """
    with located(source.at):
        local = _local(source)
        several = _SEVERAL.get(local.kind)
        return several(local) if several is not None else (DEFAULT_SIGNATURE,)


def check_model(spec: ModelSpec) -> None:
    """Raise where a model or its data cannot be used, before anything is written for it.

    Raises SourceError or DataError, which name the line of the suite. What a zoo model needs
    is made here, and what is behind a URL is downloaded, so that opening it later costs neither.
    """
    with located(spec.source.at):
        local = _local(spec.source)
        signature = OPENERS[local.kind].describe(local, spec.signature)
    load_data(spec, signature)


def _local(source: Source) -> Source:
    return fetch(source) if source.kind is SourceKind.URL else source
