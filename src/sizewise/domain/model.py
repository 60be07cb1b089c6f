"""An opened model and the samples that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sizewise.domain.artifact import Array, Signature


@dataclass(frozen=True, slots=True)
class Samples:
    """Model inputs by signature name, first axis the samples, and labels where there are any."""

    inputs: Mapping[str, Array]
    labels: Array | None = None

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))


@dataclass(frozen=True, slots=True)
class Data:
    """Samples to judge on and samples to calibrate with; ``shared`` says that the latter
    were drawn from the former, for want of any others.

    ``train`` are samples to fine-tune on, None where there are none; no sample to judge on is
    among them. ``notes`` say what to know of the samples, for every record that rests on them.
    ``made_up`` says that there are no real samples: all of them are noise, or the like.
    """

    judge: Samples
    calibrate: Samples
    shared: bool = False
    train: Samples | None = None
    notes: tuple[str, ...] = ()
    made_up: bool = False


@dataclass(frozen=True, slots=True)
class OpenModel:
    """A model in memory.

    ``function`` is a TensorFlow ``ConcreteFunction`` that takes tensors by the names of the
    signature's inputs and gives a dict by those of its outputs; ``owner`` keeps its variables
    alive and leads to its tables: the loaded SavedModel, the Keras model, the module.
    ``notes`` say what was done to the model to open it, for every record of it.

    A ``.tflite`` file is no function but is run as it is: ``file`` is its path, and
    ``function`` and ``owner`` are None.
    """

    name: str
    signature: Signature
    function: Any
    owner: Any
    tensorflow_version: str
    notes: tuple[str, ...] = ()
    file: Path | None = None
