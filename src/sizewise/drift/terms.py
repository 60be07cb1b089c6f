"""Metrics taken apart into terms, one row a sample: a metric is a function of their mean.

Resampling is then a matter of means, whatever the metric.
"""

from __future__ import annotations

import numpy as np

from sizewise.domain import Array
from sizewise.drift.scores import top_class

TOP = 5


def hits(scores: Array, labels: Array) -> Array:
    """1 for each sample whose top class is its label, else 0: [samples]."""
    right: Array = top_class(scores) == labels
    return right.astype(np.float64)


def hits_of_five(scores: Array, labels: Array) -> Array:
    """1 for each sample whose label is among its five largest scores, else 0: [samples].

    Of equal scores those of smaller classes come first, as they do for the top class.
    """
    rows = np.arange(len(labels))
    own = scores[rows, labels][:, None]
    earlier = np.arange(scores.shape[1]) < labels[:, None]
    before = (scores > own) | ((scores == own) & earlier)
    among: Array = before.sum(axis=1) < TOP
    return among.astype(np.float64)


def absolute_errors(outputs: Array, labels: Array) -> Array:
    """The mean absolute error of each sample: [samples]."""
    return _mean_of_sample(np.abs(outputs - labels))


def squared_errors(outputs: Array, labels: Array) -> Array:
    """The mean squared error of each sample: [samples]."""
    return _mean_of_sample(np.square(outputs - labels))


def _mean_of_sample(values: Array) -> Array:
    means: Array = values.reshape(len(values), -1).mean(axis=1)
    return means


def f1_terms(scores: Array, labels: Array) -> Array:
    """Of each class, twice the true positives, and the positives told and those there are.

    [samples, 2 classes]: F1 is the ratio of their sums, 2 TP / (2 TP + FP + FN).
    """
    classes = np.arange(scores.shape[1])
    told, real = top_class(scores)[:, None] == classes, labels[:, None] == classes
    return np.hstack([2.0 * (told & real), told.astype(np.float64) + real])


def iou_terms(scores: Array, labels: Array) -> Array:
    """Of each class, the pixels that are it and are told to be, and those of which either holds.

    ``scores`` is [samples, pixels, classes], ``labels`` [samples, pixels]; the terms are
    [samples, 2 classes].
    """
    samples, _, classes = scores.shape
    first = np.arange(samples)[:, None] * classes
    told, real = first + top_class(scores), first + labels

    def counted(places: Array) -> Array:
        return np.bincount(places.ravel(), minlength=samples * classes).reshape(samples, classes)

    both = counted(real[told == real])
    either = counted(told) + counted(real) - both
    return np.hstack([both, either]).astype(np.float64)


def mean_ratio(means: Array) -> Array:
    """The mean of the classes' ratios; ``means`` is [..., 2 classes], as the terms above are.

    Classes that neither occur nor are told are left out.
    """
    above, below = np.split(means, 2, axis=-1)
    known = below > 0
    ratios = np.divide(above, below, out=np.zeros_like(above), where=known)
    mean: Array = ratios.sum(axis=-1) / known.sum(axis=-1)
    return mean
