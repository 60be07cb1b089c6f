"""The metrics that a model can be judged by, one row of ``METRICS`` each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np

from sizewise.domain import Array
from sizewise.errors import DataError

Score: TypeAlias = Callable[[Array, Array], Array]
Number = TypeVar("Number", float, Array)


@dataclass(frozen=True, slots=True)
class Metric:
    """How outputs are judged by labels.

    ``value(outputs, labels)`` is the metric. A classification metric gets class scores of
    shape [samples, classes], as ``class_scores`` makes them, and whole-numbered labels
    [samples]; any other gets float64 outputs and labels of equal shape, the first axis the
    samples.

    Where the metric is a function of a mean over samples, ``per_sample`` gives the terms of
    that mean, [samples], and ``of_mean`` is the function; resampling is then a matter of
    means. Where it is not (a rank statistic, say), ``per_sample`` is None and ``value`` is
    called for every resample. ``counts_hits`` says that its terms are 1 for a sample that is
    right and 0 for one that is wrong, so that score intervals for proportions apply.
    """

    value: Callable[[Array, Array], float]
    higher_is_better: bool
    is_classification: bool
    per_sample: Score | None = None
    of_mean: Callable[[Array], Array] = np.asarray
    counts_hits: bool = False

    def drop(self, reference: Number, value: Number) -> Number:
        """The loss from ``reference`` to ``value``: positive means worse."""
        return reference - value if self.higher_is_better else value - reference


def class_scores(name: str, outputs: Array, threshold: float) -> Array:
    """Class scores [samples, classes], the largest of a row being its top class.

    ``outputs``, called ``name`` in messages, is [samples, classes], perhaps with axes of
    length 1 between. A single column, or [samples], is a binary score: it becomes two columns,
    of which the second is the larger where the score is above ``threshold``. Raises DataError
    for any other shape.
    """
    samples = len(outputs)
    columns = outputs.shape[-1] if outputs.ndim > 1 else 1
    if outputs.size != samples * columns:
        raise DataError(
            f"output {name!r} has the shape {list(outputs.shape)}",
            advice="a classification needs [samples, classes]",
        )
    scores = outputs.reshape(samples, columns)
    return scores if columns > 1 else np.hstack([threshold - scores, scores - threshold])


def binary_threshold(outputs: Array) -> float:
    """Where a single-column score turns from class 0 to class 1.

    0.5 for probabilities, which is what values within [0, 1] are taken for; 0 for anything
    else, which is taken for logits.
    """
    return 0.5 if outputs.min() >= 0 and outputs.max() <= 1 else 0.0


def top_class(scores: Array) -> Array:
    """Index of the largest score of each row; the first of several that are equal."""
    top: Array = scores.argmax(axis=1)
    return top


def _hits(scores: Array, labels: Array) -> Array:
    right: Array = top_class(scores) == labels
    return right.astype(np.float64)


def _absolute_errors(outputs: Array, labels: Array) -> Array:
    return _mean_of_sample(np.abs(outputs - labels))


def _squared_errors(outputs: Array, labels: Array) -> Array:
    return _mean_of_sample(np.square(outputs - labels))


def _mean_of_sample(values: Array) -> Array:
    means: Array = values.reshape(len(values), -1).mean(axis=1)
    return means


def _mean_metric(
    per_sample: Score,
    *,
    higher_is_better: bool,
    is_classification: bool,
    of_mean: Callable[[Array], Array] = np.asarray,
    counts_hits: bool = False,
) -> Metric:
    return Metric(
        value=lambda outputs, labels: float(of_mean(per_sample(outputs, labels).mean())),
        higher_is_better=higher_is_better,
        is_classification=is_classification,
        per_sample=per_sample,
        of_mean=of_mean,
        counts_hits=counts_hits,
    )


METRICS: Mapping[str, Metric] = {
    "accuracy": _mean_metric(
        _hits, higher_is_better=True, is_classification=True, counts_hits=True
    ),
    "mae": _mean_metric(_absolute_errors, higher_is_better=False, is_classification=False),
    "rmse": _mean_metric(
        _squared_errors, higher_is_better=False, is_classification=False, of_mean=np.sqrt
    ),
}
"""Every metric by the name that suites use.

accuracy: share of samples whose top class is the label. mae: mean absolute error over all
numbers of the output. rmse: square root of the mean squared error over them.
"""
