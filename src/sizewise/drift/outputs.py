"""Outputs of a variant and of its reference: bound by name, compared number by number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from sizewise.domain import Array
from sizewise.errors import ConversionError, DataError, NonFiniteError, did_you_mean


class Pair(NamedTuple):
    """One output of the reference and of the variant, in float64 and of equal shape."""

    name: str
    reference: Array
    variant: Array


class OutputDrift(NamedTuple):
    """How far outputs are from the reference's, over all numbers of all outputs."""

    max_abs_error: float
    mean_abs_error: float
    sqnr_db: float | None
    """10 log10(Σ reference² / Σ (reference - variant)²); None where either sum is 0."""
    cosine: float | None
    """Σ reference · variant / (|reference| |variant|); None where either is all zeros."""


def bind(reference: Mapping[str, Array], outputs: Mapping[str, Array]) -> tuple[Pair, ...]:
    """The reference's outputs, in their order, each with the variant's of the same name.

    Outputs that only the variant has are left out. Raises DataError where the reference has
    no output, no samples, text, NaN or infinity; ConversionError where the variant lacks an
    output or has another shape; NonFiniteError where it holds NaN or infinity.
    """
    if not reference:
        raise DataError("the reference has no outputs")
    return tuple(_pair(name, values, outputs) for name, values in reference.items())


def _pair(name: str, reference: Array, outputs: Mapping[str, Array]) -> Pair:
    if name not in outputs:
        raise ConversionError(
            f"the artifact has no output {name!r}", advice=did_you_mean(name, outputs)
        )
    if reference.ndim == 0 or reference.size == 0:
        raise DataError(f"output {name!r} of the reference holds no samples")
    variant = outputs[name]
    if variant.shape != reference.shape:
        raise ConversionError(
            f"output {name!r} has the shape {list(variant.shape)}"
            f" where the reference has {list(reference.shape)}"
        )
    numbers = _numbers(name, reference)
    if count := _non_finite(numbers):
        raise DataError(
            f"output {name!r} of the reference: {count} of {numbers.size} values are"
            " NaN or infinite",
            advice="check the model and its inputs: there is nothing to compare variants with",
        )
    result = _numbers(name, variant)
    if count := _non_finite(result):
        raise NonFiniteError(
            f"output {name!r}: {count} of {result.size} values are NaN or infinite"
        )
    return Pair(name, numbers, result)


def _numbers(name: str, values: Array) -> Array:
    if values.dtype.kind not in "biuf":
        raise DataError(f"output {name!r} has the type {values.dtype}, which is no real number")
    return values.astype(np.float64)


def _non_finite(values: Array) -> int:
    return values.size - int(np.count_nonzero(np.isfinite(values)))


def output_drift(pairs: Iterable[Pair]) -> OutputDrift:
    """Errors of the variant's outputs over all ``pairs`` together; there is at least one."""
    largest = total = signal = noise = energy = product = 0.0
    count = 0
    for pair in pairs:
        reference, variant = pair.reference.ravel(), pair.variant.ravel()
        errors = np.abs(reference - variant)
        largest = max(largest, float(errors.max()))
        total += float(errors.sum())
        count += errors.size
        noise += float(errors @ errors)
        signal += float(reference @ reference)
        energy += float(variant @ variant)
        product += float(reference @ variant)
    return OutputDrift(
        max_abs_error=largest,
        mean_abs_error=total / count,
        sqnr_db=10 * math.log10(signal / noise) if signal and noise else None,
        cosine=_cosine(product, signal, energy),
    )


def _cosine(product: float, signal: float, energy: float) -> float | None:
    if not signal or not energy:
        return None
    # Rounding may carry a perfect match past 1.
    return max(-1.0, min(1.0, product / (math.sqrt(signal) * math.sqrt(energy))))
