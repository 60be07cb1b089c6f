"""How outputs differ from those that they should be, as the search sees it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sizewise.domain import Array, ModelSpec, Samples
from sizewise.drift import compare
from sizewise.errors import NonFiniteError
from sizewise.tune import Figures


def figures_of(
    spec: ModelSpec,
    reference: Mapping[str, Array],
    outputs: Mapping[str, Array],
    samples: Samples,
) -> Figures:
    """The drift of ``outputs`` on ``samples``. Outputs that are not finite are infinitely far off.

    Raises what ``drift.compare`` raises besides.
    """
    try:
        drift = compare(
            reference, outputs, samples.labels, spec.metric, metric_folder=spec.metric_folder
        )
    except NonFiniteError:
        return Figures(len(samples), -math.inf)
    sqnr = drift.sqnr_db
    if sqnr is None:
        sqnr = math.inf if drift.max_abs_error == 0 else -math.inf
    return Figures(
        drift.samples,
        sqnr,
        drift.agreement,
        drift.agreement_low,
        drift.metric_drop,
        drift.metric_drop_high,
        drift.metric_value,
        drift.metric_drop_low,
        drift.agreement_high,
    )
