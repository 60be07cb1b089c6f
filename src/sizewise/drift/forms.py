"""The forms in which metrics take outputs and labels, and how both are brought into them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sizewise.domain import Array
from sizewise.drift.labels import class_labels, class_maps, target_values
from sizewise.drift.outputs import Pair
from sizewise.drift.scores import binary_threshold, class_scores, columns, score_columns
from sizewise.errors import DataError


@dataclass(frozen=True, slots=True)
class Form:
    """``outputs`` brings a pair of outputs into the form, ``labels`` the labels that go with
    outputs of this shape. ``classes`` gives the pair as class scores [samples, classes], of which
    the top ones are compared, or None where the outputs tell no classes. All raise DataError.
    """

    outputs: Callable[[Pair], Pair]
    labels: Callable[[Array, tuple[int, ...]], Array]
    classes: Callable[[Pair], Pair | None]


def _both(change: Callable[[Array], Array], pair: Pair) -> Pair:
    return Pair(pair.name, change(pair.reference), change(pair.variant))


def _class_pair(pair: Pair) -> Pair:
    threshold = binary_threshold(pair.reference)
    return _both(lambda outputs: class_scores(pair.name, outputs, threshold), pair)


def _several_classes(pair: Pair) -> Pair | None:
    """A single column has no threshold that is known: it may be the score of an anomaly."""
    return _class_pair(pair) if (columns(pair.reference) or 0) > 1 else None


def _ranked(pair: Pair) -> Pair:
    def rank(outputs: Array) -> Array:
        scores = score_columns(pair.name, outputs)
        # Of two columns, their difference ranks the samples as the softmax of both would.
        return scores[:, 1:] - scores[:, :1] if scores.shape[1] == 2 else scores

    return _both(rank, pair)


def _maps(pair: Pair) -> Pair:
    shape = pair.reference.shape
    if len(shape) < 3:
        raise DataError(
            f"output {pair.name!r} has the shape {list(shape)}",
            advice="mean_iou needs [samples, height, width, classes]",
        )
    samples, pixels = shape[0], int(np.prod(shape[1:-1]))
    threshold = binary_threshold(pair.reference)

    def flat(outputs: Array) -> Array:
        each = class_scores(pair.name, outputs.reshape(samples * pixels, shape[-1]), threshold)
        return each.reshape(samples, pixels, -1)

    return _both(flat, pair)


def _class_numbers(labels: Array, shape: tuple[int, ...]) -> Array:
    return class_labels(labels, shape[0], max(shape[1], 2))


def _as_it_is(pair: Pair) -> Pair:
    return pair


def _no_classes(_: Pair) -> None:
    return None


CLASSES = Form(_class_pair, _class_numbers, _class_pair)
"""Class scores [samples, classes] and class numbers [samples]."""

RANKING = Form(_ranked, _class_numbers, _several_classes)
"""Scores [samples, 1], or [samples, classes] of more than two, and class numbers [samples]."""

MAPS = Form(_maps, class_maps, _no_classes)
"""Class scores [samples, pixels, classes] and class numbers [samples, pixels]."""

VALUES = Form(_as_it_is, target_values, _no_classes)
"""Numbers and labels of one shape, the first axis the samples."""

AS_THEY_ARE = Form(_as_it_is, lambda labels, _: labels, _several_classes)
"""Outputs and labels as they come."""
