"""The models that are checked, each a row of the table."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.support import made, sources
from tools.zoo_check import applications, others

STEPS = ("upstream tfjs", "upstream tflite", "sizewise tfjs", "sizewise tflite")
"""Who converts a row, and to what."""

KERAS = {"Keras 3": "keras", "Keras 2": "tf_keras"}
"""The modules of the two Kerases."""

PLAIN = "other"
"""The group of rows that are no models of a Keras."""


@dataclass(frozen=True, slots=True)
class Built:
    """A model, as each converter gets it, and samples for it by the names of its inputs.

    ``thing`` is what sizewise opens: an object in memory, or None for the SavedModel folder.
    ``signature`` is the one of the SavedModel that is meant.
    """

    thing: Any | None
    inputs: Mapping[str, Any]
    signature: str = "serving_default"


@dataclass(frozen=True, slots=True)
class Row:
    """A model by the name that the table shows; ``build`` writes its SavedModel into a folder."""

    group: str
    name: str
    build: Callable[[Path], Built]

    @property
    def key(self) -> str:
        """What it is called on the command line and in the cache."""
        return f"{self.group}: {self.name}"


def all_rows() -> tuple[Row, ...]:
    """Every row, in the order of the table."""
    return tuple(
        [_application(label, name, size) for label in KERAS for name, size in _families(label)]
        + [
            Row(label, name, partial(_exported, make, KERAS[label]))
            for label in KERAS
            for name, make in _LAYERS.items()
        ]
        + [Row(PLAIN, name, partial(_saved_module, make)) for name, make in _MODULES.items()]
        + [Row(PLAIN, name, build) for name, build in _FOLDERS.items()]
    )


def _families(label: str) -> list[tuple[str, int]]:
    """The smallest member of each family of ``keras.applications``, and a small image for it."""
    return [
        (name, size) for name, (size, kerases) in applications.FAMILIES.items() if label in kerases
    ]


def _application(label: str, name: str, size: int) -> Row:
    make = partial(applications.build, name=name, size=size)
    return Row(label, name, partial(_exported, make, KERAS[label]))


_LAYERS: Mapping[str, Callable[[Any], made.Made]] = {
    "LSTM": lambda keras: made.recurrent(keras, "LSTM"),
    "LSTM, fixed batch": lambda keras: made.recurrent(keras, "LSTM", batch=4),
    "GRU": lambda keras: made.recurrent(keras, "GRU"),
    "GRU, fixed batch": lambda keras: made.recurrent(keras, "GRU", batch=4),
    "multi-head attention, exact GELU": made.attention,
    "policy mixed_float16": made.mixed_precision,
    "grouped convolution": others.grouped_convolution,
}
"""Models of layers, built with either Keras."""

_MODULES: Mapping[str, Callable[[], made.Made]] = {
    "`tf.while_loop` over a variable": made.while_loop,
    "`tf.cond`": made.conditional,
    "int64 and float64 constants": made.wide_constants,
    "several inputs and outputs": made.twins,
    "several inputs and outputs, fixed batch": partial(made.twins, 4),
    "two heads on one convolution, one of them normalised": others.shared_convolution,
    "batch norm in training mode": others.training_mode,
    "bfloat16": others.bfloat16,
    "an op that TF.js lacks (Digamma)": others.digamma,
}
"""Modules of plain TensorFlow."""


def _exported(make: Callable[[Any], made.Made], module: str, folder: Path) -> Built:
    """A Keras model, exported as its Keras exports it."""
    model = make(importlib.import_module(module))
    model.thing.export(str(folder))
    return Built(model.thing, model.inputs)


def _saved_module(make: Callable[[], made.Made], folder: Path) -> Built:
    import tensorflow as tf

    model = make()
    tf.saved_model.save(model.thing, str(folder), signatures=model.thing.__call__)
    return Built(model.thing, model.inputs)


def _two_signatures(signature: str, folder: Path) -> Built:
    sources.write_two_signatures(folder)
    inputs = {
        "main": {"zeta": made.normal(4, 3), "alpha": made.normal(4, 2, seed=1).astype("f8")},
        "fixed": {"x": made.normal(4, 3)},
    }
    return Built(None, inputs[signature], signature)


def _lookup(values: str, folder: Path) -> Built:
    sources.write_lookup(folder, values)
    return Built(None, {"word": sources.WORDS})


_FOLDERS: Mapping[str, Callable[[Path], Built]] = {
    "two signatures, the first": partial(_two_signatures, "main"),
    "two signatures, the second": partial(_two_signatures, "fixed"),
    "text input and a hash table, int32": partial(_lookup, "int32"),
    "text input and a hash table, int64": partial(_lookup, "int64"),
}
"""SavedModels of TensorFlow."""
