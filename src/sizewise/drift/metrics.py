"""The metrics that a model can be judged by, one row of ``METRICS`` each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np

from sizewise.domain import Array
from sizewise.drift.forms import CLASSES, MAPS, RANKING, VALUES, Form
from sizewise.drift.ranking import auc, auc_influence
from sizewise.drift.terms import (
    absolute_errors,
    f1_terms,
    hits,
    hits_of_five,
    iou_terms,
    mean_ratio,
    squared_errors,
)

Score: TypeAlias = Callable[[Array, Array], Array]
Number = TypeVar("Number", float, Array)


@dataclass(frozen=True, slots=True)
class Metric:
    """How outputs are judged by labels.

    ``value(outputs, labels)`` is the metric of what has been brought into its ``form``.

    Where the metric is a function of a mean over samples, ``per_sample`` gives the terms of
    that mean, [samples] or [samples, k], and ``of_mean`` is the function, of [...] or [..., k];
    resampling is then a matter of means. ``counts_hits`` says that its terms are 1 for a sample
    that is right and 0 for one that is wrong, so that score intervals for proportions apply.
    Where the metric is none of a mean, but its variance is known, ``influence`` gives what each
    sample has to do with it, [samples], of mean 0. Without either, ``value`` is called for
    every resample.
    """

    value: Callable[[Any, Array], float]
    higher_is_better: bool
    form: Form
    per_sample: Score | None = None
    of_mean: Callable[[Array], Array] = np.asarray
    counts_hits: bool = False
    influence: Score | None = None

    def drop(self, reference: Number, value: Number) -> Number:
        """The loss from ``reference`` to ``value``: positive means worse."""
        return reference - value if self.higher_is_better else value - reference


def _mean_metric(
    per_sample: Score,
    form: Form,
    *,
    higher_is_better: bool,
    of_mean: Callable[[Array], Array] = np.asarray,
    counts_hits: bool = False,
) -> Metric:
    return Metric(
        value=lambda outputs, labels: float(of_mean(per_sample(outputs, labels).mean(axis=0))),
        higher_is_better=higher_is_better,
        form=form,
        per_sample=per_sample,
        of_mean=of_mean,
        counts_hits=counts_hits,
    )


METRICS: Mapping[str, Metric] = {
    "accuracy": _mean_metric(hits, CLASSES, higher_is_better=True, counts_hits=True),
    "top5": _mean_metric(hits_of_five, CLASSES, higher_is_better=True, counts_hits=True),
    "auc": Metric(auc, higher_is_better=True, form=RANKING, influence=auc_influence),
    "f1": _mean_metric(f1_terms, CLASSES, higher_is_better=True, of_mean=mean_ratio),
    "mae": _mean_metric(absolute_errors, VALUES, higher_is_better=False),
    "rmse": _mean_metric(squared_errors, VALUES, higher_is_better=False, of_mean=np.sqrt),
    "mean_iou": _mean_metric(iou_terms, MAPS, higher_is_better=True, of_mean=mean_ratio),
}
"""Every metric by the name that suites use.

accuracy: share of samples whose top class is the label. top5: share of those whose label is among
the five largest scores. auc: area under the ROC curve; of several classes, the mean of each
against the rest. f1: mean over the classes of the harmonic mean of precision and recall. mae: mean
absolute error over all numbers of the output. rmse: square root of the mean squared error over
them. mean_iou: mean over the classes of intersection over union, pixels counted over all samples.
"""
