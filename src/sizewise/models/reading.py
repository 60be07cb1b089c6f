"""Where samples come from: named arrays from every kind of data source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from sizewise import user_code
from sizewise.domain import Array, DataKind, ModelSpec, Signature
from sizewise.errors import DataError
from sizewise.models import images, noise, tables, zoo
from sizewise.models.arrays import NamedArrays, read_npz
from sizewise.models.binding import CALIBRATION_SUFFIX, TRAINING_SUFFIX

Reader: TypeAlias = Callable[[ModelSpec, Signature], NamedArrays]


def read(spec: ModelSpec, signature: Signature) -> NamedArrays:
    """The arrays of a model's data, as an ``.npz`` would hold them: see the module ``data``.

    Raises DataError for what cannot be read.
    """
    return READERS[spec.data.kind](spec, signature)


def _zoo(spec: ModelSpec, _: Signature) -> NamedArrays:
    return NamedArrays(spec.data.location, zoo.arrays(spec.data.zoo_name or ""))


def _npz(spec: ModelSpec, _: Signature) -> NamedArrays:
    data = read_npz(Path(spec.data.location))
    if spec.data.train is None:
        return data
    train = read_npz(Path(spec.data.train)).arrays
    own = {name: array for name, array in train.items() if name.endswith(TRAINING_SUFFIX)}
    plain = {
        name + TRAINING_SUFFIX: array
        for name, array in train.items()
        if not name.endswith((TRAINING_SUFFIX, CALIBRATION_SUFFIX))
    }
    return replace(data, arrays={**data.arrays, **(own or plain)})


def _code(spec: ModelSpec, _: Signature) -> NamedArrays:
    location = spec.data.location
    made = user_code.call(location, folder=spec.data.folder, wrong=DataError)
    if not isinstance(made, Mapping):
        raise DataError(
            f"{location} gives a {type(made).__name__}",
            advice="return arrays by name: {'x': ..., 'y': ...}",
        )
    return NamedArrays(
        location, {str(name): _array(location, name, each) for name, each in made.items()}
    )


def _array(location: str, name: object, value: object) -> Array:
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise DataError(f"{name} of {location} is no array ({error})") from error
    if array.ndim == 0 or array.dtype.kind == "O":
        raise DataError(
            f"{name} of {location} is a {type(value).__name__}",
            advice="return arrays of numbers or text whose first axis is the samples",
        )
    return array


READERS: Mapping[DataKind, Reader] = {
    DataKind.ZOO: _zoo,
    DataKind.NPZ: _npz,
    DataKind.CSV: tables.read,
    DataKind.IMAGES: images.read,
    DataKind.CODE: _code,
    DataKind.NOISE: noise.read,
}
"""How each kind of data source is read."""
