"""A run in the formats of other tools, a pure function each.

``pytest_benchmark`` writes its times for ``pytest-benchmark compare``, ``smaller_is_better`` its
sizes and times for github-action-benchmark, ``openmetrics`` all figures for Prometheus.
"""

from sizewise.reports.exports.openmetrics import openmetrics
from sizewise.reports.exports.pytest_benchmark import pytest_benchmark
from sizewise.reports.exports.smaller_is_better import smaller_is_better

__all__ = ["openmetrics", "pytest_benchmark", "smaller_is_better"]
