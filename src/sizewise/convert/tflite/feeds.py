"""Inputs to calibrate with."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from sizewise.convert.tflite.signature import fixed_batch
from sizewise.domain import Array, Samples, Signature
from sizewise.errors import ConversionError

Feeds: TypeAlias = tuple[dict[str, Array], ...]
"""Inputs by name, one entry a call of the model."""


def calibration_feeds(signature: Signature, samples: Samples, rows: int = 1) -> Feeds:
    """``rows`` samples a call, or as many as a fixed batch takes.

    Samples that do not fill a last fixed batch are left out. Raises ConversionError where there
    are fewer samples than one batch.
    """
    fixed = fixed_batch(signature)
    batch = fixed or min(rows, len(samples)) or 1
    count = len(samples) // batch
    if count == 0:
        raise ConversionError(
            f"int8 is calibrated with batches of {batch} samples, and there are {len(samples)}",
            advice="give more samples, or export the model with a smaller batch",
        )
    return tuple(
        {
            spec.name: np.asarray(samples.inputs[spec.name][start : start + batch], spec.dtype)
            for spec in signature.inputs
        }
        for start in range(0, count * batch if fixed else len(samples), batch)
    )
