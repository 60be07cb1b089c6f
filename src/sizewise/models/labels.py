"""Labels, brought into the form that a metric takes, before anything is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sizewise.domain import Array, TensorSpec
from sizewise.errors import DataError


def labels_for(metric: str, labels: Array, output: TensorSpec) -> Array:
    """``labels`` for ``metric``, which judges ``output``, the signature's first.

    Accuracy takes one class number a sample, [n] or [n, 1], of any type as long as they are
    whole, or one-hot rows [n, classes]; it gets int64 [n]. The others take numbers in the
    output's shape, from which axes of length 1 may differ. Raises DataError.
    """
    return _LABELS[metric](labels, output)


def _class_numbers(labels: Array, output: TensorSpec) -> Array:
    if labels.dtype.kind not in "biuf":
        raise DataError(
            f"y is {labels.dtype}, accuracy takes class numbers",
            advice="store the number of each sample's class, from 0 on",
        )
    if labels.ndim == 2 and labels.shape[1] > 1:
        labels = _from_one_hot(labels)
    if labels.size != len(labels):
        raise DataError(
            f"y is {list(labels.shape)}, accuracy takes one class number a sample",
            advice=f"store y as [{len(labels)}]",
        )
    flat = labels.reshape(-1)
    if not np.isfinite(flat).all() or (flat != np.floor(flat)).any():
        raise DataError(
            "y holds fractions, accuracy takes class numbers",
            advice="for a regression, write metric: mae",
        )
    numbers = flat.astype(np.int64)
    _require_classes(numbers, output)
    return numbers


def _from_one_hot(labels: Array) -> Array:
    if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
        raise DataError(
            f"y is {list(labels.shape)}, but its rows are not one-hot",
            advice="store one class number a sample, as y.argmax(axis=1) gives them",
        )
    numbers: Array = labels.argmax(axis=1)
    return numbers


def _require_classes(numbers: Array, output: TensorSpec) -> None:
    columns = output.shape[-1] if output.shape and len(output.shape) > 1 else None
    if columns is None:
        return
    classes = max(columns, 2)  # a single column is the score of class 1
    if numbers.min() < 0 or numbers.max() >= classes:
        raise DataError(
            f"y runs from {numbers.min()} to {numbers.max()}, the model's output {output.name} "
            f"has {classes} classes",
            advice=f"class numbers go from 0 to {classes - 1}",
        )


def _values(labels: Array, output: TensorSpec) -> Array:
    if labels.dtype.kind not in "biuf":
        raise DataError(f"y is {labels.dtype}, a regression takes numbers")
    if not np.isfinite(labels).all():
        raise DataError("y holds NaN or infinity", advice="leave such samples out")
    known = output.shape is not None and None not in output.shape[1:]
    if known and _without_ones(labels.shape) != _without_ones(output.shape or ()):
        raise DataError(
            f"y is {list(labels.shape)}, the model's output {output.name} is "
            f"{list(output.shape or ())}",
            advice="store one number for each number of the output",
        )
    return labels


def _without_ones(shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    return tuple(size for size in shape[1:] if size != 1)


_LABELS: Mapping[str, Callable[[Array, TensorSpec], Array]] = {
    "accuracy": _class_numbers,
    "mae": _values,
    "rmse": _values,
}
