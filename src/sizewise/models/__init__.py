"""Models and their data: opened from wherever they come, checked before anything is written.

A kind of source is one module with ``describe`` and ``open_source``, and one row in
``OPENERS``. Importing this room imports neither TensorFlow nor scikit-learn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sizewise.domain import ModelSpec, OpenModel, Signature, SourceKind
from sizewise.models import keras_file, saved_model, zoo
from sizewise.models.data import load_data
from sizewise.models.faults import located
from sizewise.models.outputs import reference

__all__ = ["OPENERS", "Opener", "check_model", "load_data", "open_model", "reference"]


class Opener(Protocol):
    """What a module has to offer to open one kind of source."""

    def describe(self, spec: ModelSpec) -> Signature:
        """The signature that ``open_source`` will have, as cheaply as it can be known.

        Names, types and shapes of inputs and outputs are final; graph tensor names need not
        be. Raises SourceError for all that would keep the source from being opened.
        """

    def open_source(self, spec: ModelSpec) -> OpenModel:
        """The model in memory. Raises SourceError."""


OPENERS: Mapping[SourceKind, Opener] = {
    SourceKind.ZOO: zoo,
    SourceKind.SAVED_MODEL: saved_model,
    SourceKind.KERAS: keras_file,
}
"""How each kind of source is opened."""


def open_model(spec: ModelSpec) -> OpenModel:
    """Open a model: its concrete function takes tensors by the signature's input names and
    gives a dict by its output names.

    Raises SourceError, which names the line of the suite.
    """
    with located(spec.source.at):
        return OPENERS[spec.source.kind].open_source(spec)


def check_model(spec: ModelSpec) -> None:
    """Raise where a model or its data cannot be used, before anything is written for it.

    Raises SourceError or DataError, which name the line of the suite. What a zoo model needs
    is made here, so that opening it later costs no training.
    """
    with located(spec.source.at):
        signature = OPENERS[spec.source.kind].describe(spec)
    load_data(spec, signature)
