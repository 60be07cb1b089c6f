"""Labels, brought into the form that metrics take, or refused."""

from __future__ import annotations

import numpy as np

from sizewise.domain import Array
from sizewise.errors import DataError


def class_labels(labels: Array, samples: int, classes: int) -> Array:
    """Labels as int64 [samples], each from 0 to ``classes`` - 1; [samples, 1] will do as well.

    Raises DataError for another number of them, for fractions and for labels out of range.
    """
    if labels.size != samples or labels.shape[:1] != (samples,):
        raise DataError(
            f"labels have the shape {list(labels.shape)} where {samples} samples were judged",
            advice="a classification needs one class index a sample",
        )
    if labels.dtype.kind not in "biuf":
        raise DataError(f"labels of type {labels.dtype} are no class indices")
    flat = labels.reshape(samples)
    if not np.array_equal(np.floor(flat), flat) or not np.isfinite(flat).all():
        raise DataError(
            "labels are no whole numbers", advice="a classification needs class indices"
        )
    indices = flat.astype(np.int64)
    largest, smallest = int(indices.max()), int(indices.min())
    if largest >= classes or smallest < 0:
        wrong = largest if largest >= classes else smallest
        raise DataError(
            f"the {'largest' if wrong > 0 else 'smallest'} label is {wrong}"
            f" where the model has {classes} classes",
            advice=f"labels run from 0 to {classes - 1}",
        )
    return indices


def class_maps(labels: Array, shape: tuple[int, ...]) -> Array:
    """Labels as int64 [samples, pixels] for class scores of ``shape`` [samples, pixels, classes].

    Raises DataError for another number of them, for fractions and for labels out of range.
    """
    samples, pixels, classes = shape
    if labels.shape[:1] != (samples,) or labels.size != samples * pixels:
        raise DataError(
            f"labels have the shape {list(labels.shape)} where {samples} samples of {pixels} pixels"
            " were judged",
            advice="mean_iou needs one class index a pixel",
        )
    return class_labels(labels.reshape(-1), samples * pixels, classes).reshape(samples, pixels)


def target_values(labels: Array, shape: tuple[int, ...]) -> Array:
    """Labels as float64 of the outputs' ``shape``, from which axes of length 1 may differ.

    Raises DataError where the shapes do not fit, and for NaN and infinity.
    """
    if labels.dtype.kind not in "biuf":
        raise DataError(f"labels of type {labels.dtype} are no numbers")
    if labels.shape[:1] != shape[:1] or _without_ones(labels.shape) != _without_ones(shape):
        raise DataError(
            f"labels have the shape {list(labels.shape)} where the model's output has {list(shape)}"
        )
    values = labels.astype(np.float64).reshape(shape)
    if not np.isfinite(values).all():
        raise DataError("labels hold NaN or infinity")
    return values


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)
