"""How far a variant is from its reference: arrays in, estimates with intervals out.

Pure: nothing here touches the disk or knows how the outputs were made.
"""

from sizewise.drift.compare import Drift, compare
from sizewise.drift.intervals import Interval, mcnemar_exact, paired_bootstrap, tango, wilson
from sizewise.drift.metrics import METRICS, Metric
from sizewise.drift.own import check_metric

__all__ = [
    "METRICS",
    "Drift",
    "Interval",
    "Metric",
    "check_metric",
    "compare",
    "mcnemar_exact",
    "paired_bootstrap",
    "tango",
    "wilson",
]
