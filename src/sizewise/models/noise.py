"""Seeded random inputs, for models without data: outputs are compared, nothing is judged."""

from __future__ import annotations

import numpy as np

from sizewise.domain import Array, ModelSpec, Signature, TensorSpec
from sizewise.errors import DataError
from sizewise.models.arrays import NamedArrays
from sizewise.models.binding import CALIBRATION_SUFFIX
from sizewise.models.drawing import CALIBRATION_SAMPLES

SAMPLES = 100
"""How many samples are made where no limit says otherwise."""

BELOW = 8
"""Integers are drawn from 0 to one less: small enough for most tables that they may index."""

_ADVICE = "give the model data"


def read(spec: ModelSpec, signature: Signature) -> NamedArrays:
    """Samples to judge on and others to calibrate with, named like the inputs, without labels.

    Real inputs are normal, of mean 0 and deviation 1; integers go from 0 to 7, booleans are
    either. Sizes that the signature leaves open are 1. Raises DataError for an input of text, or
    of unknown rank.
    """
    count = spec.data.limit or SAMPLES
    rng = np.random.default_rng(spec.data.seed)
    arrays: dict[str, Array] = {}
    for suffix, samples in (("", count), (CALIBRATION_SUFFIX, CALIBRATION_SAMPLES)):
        for each in signature.inputs:
            name = "x" if len(signature.inputs) == 1 else each.name
            arrays[name + suffix] = _draw(each, samples, rng)
    note = (
        f"judged on seeded noise: {count} samples, normal with mean 0 and deviation 1"
        f" (integers from 0 to {BELOW - 1}), for want of data"
    )
    return NamedArrays("noise", arrays, notes=(note,))


def _draw(spec: TensorSpec, samples: int, rng: np.random.Generator) -> Array:
    if spec.shape is None:
        raise DataError(
            f"the model's input {spec.name} has no known rank: noise cannot be made for it",
            advice=_ADVICE,
        )
    shape = (samples, *(size or 1 for size in spec.shape[1:]))
    if spec.dtype == "bool":
        return rng.random(shape) < 0.5
    if spec.dtype.startswith(("int", "uint")):
        return rng.integers(BELOW, size=shape).astype(spec.dtype)
    if spec.dtype == "string":
        raise DataError(
            f"the model's input {spec.name} is text: noise cannot be made for it", advice=_ADVICE
        )
    return rng.normal(size=shape).astype(np.float32)
