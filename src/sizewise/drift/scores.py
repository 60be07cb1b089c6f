"""Class scores: what a classifier's outputs say, whatever shape they come in."""

from __future__ import annotations

import numpy as np

from sizewise.domain import Array
from sizewise.errors import DataError


def columns(outputs: Array) -> int | None:
    """Numbers a sample, where ``outputs`` is [samples, columns], perhaps with axes of length 1
    between; None for any other shape.
    """
    last: int = outputs.shape[-1] if outputs.ndim > 1 else 1
    return last if outputs.size == len(outputs) * last else None


def class_scores(name: str, outputs: Array, threshold: float) -> Array:
    """Class scores [samples, classes], the largest of a row being its top class.

    ``outputs``, called ``name`` in messages, is [samples, classes], perhaps with axes of
    length 1 between. A single column, or [samples], is a binary score: it becomes two columns,
    of which the second is the larger where the score is above ``threshold``. Raises DataError
    for any other shape.
    """
    scores = score_columns(name, outputs)
    single = scores.shape[1] == 1
    return np.hstack([threshold - scores, scores - threshold]) if single else scores


def score_columns(name: str, outputs: Array) -> Array:
    """``outputs`` as [samples, columns]. Raises DataError for other shapes than ``columns``'s."""
    count = columns(outputs)
    if count is None:
        raise DataError(
            f"output {name!r} has the shape {list(outputs.shape)}",
            advice="a classification needs [samples, classes]",
        )
    return outputs.reshape(len(outputs), count)


def binary_threshold(outputs: Array) -> float:
    """Where a single-column score turns from class 0 to class 1.

    0.5 for probabilities, which is what values within [0, 1] are taken for; 0 for anything
    else, which is taken for logits.
    """
    return 0.5 if outputs.min() >= 0 and outputs.max() <= 1 else 0.0


def top_class(scores: Array) -> Array:
    """Index of the largest score of each row; the first of several that are equal."""
    top: Array = scores.argmax(axis=-1)
    return top
