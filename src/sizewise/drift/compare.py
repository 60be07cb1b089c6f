"""One variant against its reference, on the same samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sizewise.domain import Array
from sizewise.drift.intervals import Interval, mcnemar_exact, paired_bootstrap, tango, wilson
from sizewise.drift.labels import class_labels, target_values
from sizewise.drift.metrics import METRICS, Metric, binary_threshold, class_scores, top_class
from sizewise.drift.outputs import Pair, bind, output_drift
from sizewise.errors import DataError, SuiteError, did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far a variant is from its reference; the fields are columns of ``domain.Record``.

    ``metric_*`` are None without labels, ``agreement*`` for a regression. Intervals are at
    95 %. A positive ``metric_drop`` is a loss, whichever way the metric points.
    """

    samples: int
    metric_value: float | None
    metric_reference: float | None
    metric_drop: float | None
    metric_drop_low: float | None
    metric_drop_high: float | None
    metric_drop_interval: str | None
    """``tango`` or ``bootstrap``: the method of the interval."""
    metric_p_value: float | None
    agreement: float | None
    agreement_low: float | None
    agreement_high: float | None
    max_abs_error: float
    mean_abs_error: float
    sqnr_db: float | None
    cosine: float | None


class _Judged(NamedTuple):
    value: float
    reference: float
    drop: float
    interval: Interval
    method: str
    p_value: float | None


class _Agreement(NamedTuple):
    share: float
    interval: Interval


def compare(
    reference: Mapping[str, Array],
    outputs: Mapping[str, Array],
    labels: Array | None,
    metric: str,
    seed: int = 0,
) -> Drift:
    """Compare a variant's ``outputs`` with the ``reference``, both by signature name.

    The first axis of every array is the samples, in the same order. The metric and the
    agreement are judged on the first output of ``reference``; the errors are over all of its
    outputs. A binary classifier's single column is cut at 0.5 if all of the reference's
    values lie within [0, 1], else at 0, for the variant as for the reference.

    The interval of the drop is Tango's score interval, with the exact McNemar p-value, where
    the metric counts hits, as accuracy does; for any other metric it is the paired percentile
    bootstrap of 2,000 resamples, drawn with ``seed``.

    Raises ConversionError, NonFiniteError and DataError as ``outputs.bind`` does; DataError
    for labels or outputs that do not fit the metric; SuiteError for an unknown metric.
    """
    if metric not in METRICS:
        raise SuiteError(f"unknown metric {metric!r}", advice=did_you_mean(metric, METRICS))
    judge = METRICS[metric]
    pairs = bind(reference, outputs)
    samples = len(pairs[0].reference)
    if uneven := [pair.name for pair in pairs if len(pair.reference) != samples]:
        raise DataError(f"output {uneven[0]!r} of the reference has another number of samples")

    first = _class_pair(pairs[0]) if judge.is_classification else pairs[0]
    judged = None if labels is None else _judge(first, labels, judge, seed)
    agreement = _agreement(first) if judge.is_classification else None
    errors = output_drift(pairs)
    return Drift(
        samples=samples,
        metric_value=judged and judged.value,
        metric_reference=judged and judged.reference,
        metric_drop=judged and judged.drop,
        metric_drop_low=judged and judged.interval.low,
        metric_drop_high=judged and judged.interval.high,
        metric_drop_interval=judged and judged.method,
        metric_p_value=judged and judged.p_value,
        agreement=agreement and agreement.share,
        agreement_low=agreement and agreement.interval.low,
        agreement_high=agreement and agreement.interval.high,
        max_abs_error=errors.max_abs_error,
        mean_abs_error=errors.mean_abs_error,
        sqnr_db=errors.sqnr_db,
        cosine=errors.cosine,
    )


def _class_pair(pair: Pair) -> Pair:
    threshold = binary_threshold(pair.reference)
    return Pair(
        pair.name,
        class_scores(pair.name, pair.reference, threshold),
        class_scores(pair.name, pair.variant, threshold),
    )


def _judge(pair: Pair, labels: Array, judge: Metric, seed: int) -> _Judged:
    if judge.is_classification:
        known = class_labels(labels, *pair.reference.shape)
    else:
        known = target_values(labels, pair.reference.shape)
    value = judge.value(pair.variant, known)
    reference = judge.value(pair.reference, known)
    drop = judge.drop(reference, value)
    if judge.per_sample is None:
        interval = _bootstrap_of_values(pair, known, judge, seed)
        return _Judged(value, reference, drop, interval, "bootstrap", None)
    before = judge.per_sample(pair.reference, known)
    after = judge.per_sample(pair.variant, known)
    if judge.counts_hits:
        lost, won = int(np.count_nonzero(before > after)), int(np.count_nonzero(after > before))
        interval = tango(len(known), lost, won)
        return _Judged(value, reference, drop, interval, "tango", mcnemar_exact(lost, won))
    interval = _bootstrap_of_means(before, after, judge, seed)
    return _Judged(value, reference, drop, interval, "bootstrap", None)


def _bootstrap_of_means(before: Array, after: Array, judge: Metric, seed: int) -> Interval:
    def drops(indices: Array) -> Array:
        return judge.drop(
            judge.of_mean(before[indices].mean(axis=1)), judge.of_mean(after[indices].mean(axis=1))
        )

    return paired_bootstrap(drops, len(before), seed)


def _bootstrap_of_values(pair: Pair, labels: Array, judge: Metric, seed: int) -> Interval:
    def drop(chosen: Array) -> float:
        return judge.drop(
            judge.value(pair.reference[chosen], labels[chosen]),
            judge.value(pair.variant[chosen], labels[chosen]),
        )

    return paired_bootstrap(
        lambda indices: np.array([drop(chosen) for chosen in indices]), len(labels), seed
    )


def _agreement(pair: Pair) -> _Agreement:
    equal = top_class(pair.reference) == top_class(pair.variant)
    count = int(np.count_nonzero(equal))
    return _Agreement(count / len(equal), wilson(count, len(equal)))
