"""One variant against its reference, on the same samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sizewise.domain import Array
from sizewise.drift.forms import AS_THEY_ARE
from sizewise.drift.intervals import (
    Interval,
    mcnemar_exact,
    normal_interval,
    paired_bootstrap,
    paired_bootstrap_of_means,
    tango,
    wilson,
)
from sizewise.drift.metrics import Metric
from sizewise.drift.outputs import Pair, bind, output_drift
from sizewise.drift.own import find_metric
from sizewise.drift.scores import top_class
from sizewise.errors import DataError

RESAMPLES_OF_CODE = 1000
"""How often a metric is computed anew for its interval where that means calling it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far a variant is from its reference; the fields are columns of ``domain.Record``.

    ``metric_*`` are None without a metric or labels, ``agreement*`` where outputs tell no
    classes. Intervals are at 95 %. A positive ``metric_drop`` is a loss, whichever way the
    metric points.
    """

    samples: int
    metric_value: float | None
    metric_reference: float | None
    metric_drop: float | None
    metric_drop_low: float | None
    metric_drop_high: float | None
    metric_drop_interval: str | None
    """``tango``, ``delong`` or ``bootstrap``: the method of the interval."""
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
    p_value: float | None = None


class _Agreement(NamedTuple):
    share: float
    interval: Interval


def compare(
    reference: Mapping[str, Array],
    outputs: Mapping[str, Array],
    labels: Array | None,
    metric: str | None,
    seed: int = 0,
    *,
    metric_folder: Path | None = None,
) -> Drift:
    """Compare a variant's ``outputs`` with the ``reference``, both by signature name.

    The first axis of every array is the samples, in the same order. The metric and the
    agreement are judged on the first output of ``reference``; the errors are over all of its
    outputs. A binary classifier's single column is cut at 0.5 if all of the reference's
    values lie within [0, 1], else at 0, for the variant as for the reference. Without a
    ``metric``, outputs [samples, classes] of two classes or more still agree or not. A metric
    that is code is imported from ``metric_folder`` and gets all outputs: see ``find_metric``.

    The interval of the drop is Tango's score interval, with the exact McNemar p-value, where
    the metric counts hits, as accuracy does; DeLong's for the area under the ROC curve; for any
    other metric it is the paired percentile bootstrap of 2,000 resamples, or of 1,000 of a
    metric that is code, drawn with ``seed``.

    Raises ConversionError, NonFiniteError and DataError as ``outputs.bind`` does; DataError
    for labels or outputs that do not fit the metric; SuiteError for an unknown metric.
    """
    judge = None if metric is None else find_metric(metric, metric_folder)
    pairs = bind(reference, outputs)
    samples = len(pairs[0].reference)
    if uneven := [pair.name for pair in pairs if len(pair.reference) != samples]:
        raise DataError(f"output {uneven[0]!r} of the reference has another number of samples")

    judged = None if judge is None or labels is None else _judge(pairs, labels, judge, seed)
    agreement = _agreement(pairs[0], judge)
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


def _judge(pairs: tuple[Pair, ...], labels: Array, judge: Metric, seed: int) -> _Judged:
    if judge.form is AS_THEY_ARE:
        return _judge_by_code(pairs, labels, judge, seed)
    pair = judge.form.outputs(pairs[0])
    known = judge.form.labels(labels, pair.reference.shape)
    value = judge.value(pair.variant, known)
    reference = judge.value(pair.reference, known)
    drop = judge.drop(reference, value)
    if judge.influence is not None:
        before, after = (judge.influence(side, known) for side in (pair.reference, pair.variant))
        return _Judged(value, reference, drop, normal_interval(drop, before - after), "delong")
    assert judge.per_sample is not None, "any other metric is a function of a mean"
    before, after = (judge.per_sample(side, known) for side in (pair.reference, pair.variant))
    if judge.counts_hits:
        lost, won = int(np.count_nonzero(before > after)), int(np.count_nonzero(after > before))
        interval = tango(len(known), lost, won)
        return _Judged(value, reference, drop, interval, "tango", mcnemar_exact(lost, won))

    def dropped(means_before: Array, means_after: Array) -> Array:
        return judge.drop(judge.of_mean(means_before), judge.of_mean(means_after))

    interval = paired_bootstrap_of_means(dropped, before, after, seed)
    return _Judged(value, reference, drop, interval, "bootstrap")


def _judge_by_code(pairs: tuple[Pair, ...], labels: Array, judge: Metric, seed: int) -> _Judged:
    if len(labels) != len(pairs[0].reference):
        raise DataError(f"there are {len(labels)} labels for {len(pairs[0].reference)} samples")

    def value(side: Callable[[Pair], Array], rows: Array | slice) -> float:
        outputs = {pair.name: side(pair)[rows] for pair in pairs}
        alone = len(outputs) == 1
        return judge.value(next(iter(outputs.values())) if alone else outputs, labels[rows])

    def both(rows: Array | slice) -> tuple[float, float]:
        return value(lambda pair: pair.reference, rows), value(lambda pair: pair.variant, rows)

    reference, variant = both(slice(None))
    interval = paired_bootstrap(
        lambda indices: np.array([judge.drop(*both(rows)) for rows in indices]),
        len(labels),
        seed,
        RESAMPLES_OF_CODE,
    )
    return _Judged(variant, reference, judge.drop(reference, variant), interval, "bootstrap")


def _agreement(pair: Pair, judge: Metric | None) -> _Agreement | None:
    classes = (AS_THEY_ARE if judge is None else judge.form).classes(pair)
    if classes is None:
        return None
    equal = top_class(classes.reference) == top_class(classes.variant)
    count = int(np.count_nonzero(equal))
    return _Agreement(count / len(equal), wilson(count, len(equal)))
