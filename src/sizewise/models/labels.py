"""Labels, brought into the form that a metric takes, before anything is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from sizewise.domain import Array, TensorSpec
from sizewise.errors import DataError

_NUMBERS = "biuf"
_TOP = 5


class _Asked(NamedTuple):
    """Labels called ``name`` for ``metric``, which judges ``output``."""

    name: str
    metric: str
    output: TensorSpec


def labels_for(metric: str, labels: Array, output: TensorSpec, name: str = "y") -> Array:
    """``labels``, called ``name`` in messages, for ``metric``, which judges ``output``, the
    signature's first.

    accuracy, top5, f1 and auc take one class number a sample, [n] or [n, 1], of any type as long
    as they are whole, or one-hot rows [n, classes]; they get int64 [n]. mean_iou takes the
    class number of each pixel, in the output's shape without its last axis, perhaps with an
    axis of length 1 in its place. mae and rmse take numbers in the output's shape, from which
    axes of length 1 may differ. A metric that is code takes labels as they are. Raises DataError.
    """
    take = _LABELS.get(metric)
    return labels if take is None else take(labels, _Asked(name, metric, output))


def require_class_names(metric: str, classes: tuple[str, ...], output: TensorSpec) -> None:
    """Raise DataError where class numbers that stand for ``classes``, in this order, are others
    than the model's, which has more or fewer of them.
    """
    count = _classes_of(output)
    if metric in _LABELS and count is not None and len(classes) != count:
        shown = ", ".join(classes[:3]) + (", ..." if len(classes) > 3 else "")
        raise DataError(
            f"the data has {len(classes)} classes ({shown}), the model's output {output.name} has"
            f" {count}",
            advice="classes are numbered in the order of their names: name all of them, or store"
            " class numbers",
        )


def _class_numbers(labels: Array, asked: _Asked) -> Array:
    name, metric, _ = asked
    _require_numbers(labels, asked)
    if labels.ndim == 2 and labels.shape[1] > 1:
        labels = _from_one_hot(labels, name)
    if labels.size != len(labels):
        raise DataError(
            f"{name} is {list(labels.shape)}, {metric} takes one class number a sample",
            advice=f"store {name} as [{len(labels)}]",
        )
    numbers = _whole(labels.reshape(-1), asked)
    _require_classes(numbers, asked)
    return numbers


def _more_than_five(labels: Array, asked: _Asked) -> Array:
    classes = _classes_of(asked.output)
    if classes is not None and classes <= _TOP:
        raise DataError(
            f"the model's output {asked.output.name} has {classes} classes: the label is always"
            " among the top 5",
            advice="write metric: accuracy",
        )
    return _class_numbers(labels, asked)


def _class_maps(labels: Array, asked: _Asked) -> Array:
    name, metric, output = asked
    _require_numbers(labels, asked)
    if output.shape is not None and len(output.shape) < 3:
        raise DataError(
            f"the model's output {output.name} is {list(output.shape)}, {metric} judges class"
            " scores of pixels",
            advice="write metric: accuracy",
        )
    wanted = None if output.shape is None else output.shape[1:-1]
    if wanted is not None and not any(
        len(actual) == len(wanted)
        and all(size in (None, each) for size, each in zip(wanted, actual, strict=True))
        for actual in (labels.shape[1:], labels.shape[1:-1] if labels.shape[-1] == 1 else ())
    ):
        raise DataError(
            f"{name} is {list(labels.shape)}, the model's output {output.name} is"
            f" {list(output.shape or ())}",
            advice="store the class number of each pixel",
        )
    numbers = _whole(labels, asked)
    _require_classes(numbers, asked)
    return numbers


def _require_numbers(labels: Array, asked: _Asked) -> None:
    if labels.dtype.kind not in _NUMBERS:
        raise DataError(
            f"{asked.name} is {labels.dtype}, {asked.metric} takes class numbers",
            advice="store the number of each sample's class, from 0 on",
        )


def _whole(labels: Array, asked: _Asked) -> Array:
    if not np.isfinite(labels).all() or (labels != np.floor(labels)).any():
        raise DataError(
            f"{asked.name} holds fractions, {asked.metric} takes class numbers",
            advice="for a regression, write metric: mae",
        )
    return labels.astype(np.int64)


def _from_one_hot(labels: Array, name: str) -> Array:
    if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
        raise DataError(
            f"{name} is {list(labels.shape)}, but its rows are not one-hot",
            advice=f"store one class number a sample, as {name}.argmax(axis=1) gives them",
        )
    numbers: Array = labels.argmax(axis=1)
    return numbers


def _classes_of(output: TensorSpec) -> int | None:
    columns = output.shape[-1] if output.shape and len(output.shape) > 1 else None
    # A single column is the score of class 1 of two.
    return None if columns is None else max(columns, 2)


def _require_classes(numbers: Array, asked: _Asked) -> None:
    classes = _classes_of(asked.output)
    if classes is None:
        return
    if numbers.min() < 0 or numbers.max() >= classes:
        raise DataError(
            f"{asked.name} runs from {numbers.min()} to {numbers.max()}, the model's output "
            f"{asked.output.name} has {classes} classes",
            advice=f"class numbers go from 0 to {classes - 1}",
        )


def _values(labels: Array, asked: _Asked) -> Array:
    name, _, output = asked
    if labels.dtype.kind not in _NUMBERS:
        raise DataError(f"{name} is {labels.dtype}, a regression takes numbers")
    if not np.isfinite(labels).all():
        raise DataError(f"{name} holds NaN or infinity", advice="leave such samples out")
    known = output.shape is not None and None not in output.shape[1:]
    if known and _without_ones(labels.shape) != _without_ones(output.shape or ()):
        raise DataError(
            f"{name} is {list(labels.shape)}, the model's output {output.name} is "
            f"{list(output.shape or ())}",
            advice="store one number for each number of the output",
        )
    return labels


def _without_ones(shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    return tuple(size for size in shape[1:] if size != 1)


_LABELS: Mapping[str, Callable[[Array, _Asked], Array]] = {
    "accuracy": _class_numbers,
    "top5": _more_than_five,
    "auc": _class_numbers,
    "f1": _class_numbers,
    "mae": _values,
    "rmse": _values,
    "mean_iou": _class_maps,
}
