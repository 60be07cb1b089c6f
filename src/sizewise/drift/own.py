"""A metric of the user's own: ``package.module:function`` of outputs and labels."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sizewise import user_code
from sizewise.domain import Array
from sizewise.drift.forms import AS_THEY_ARE
from sizewise.drift.metrics import METRICS, Metric
from sizewise.errors import DataError, SuiteError, did_you_mean


def find_metric(name: str, folder: Path | None = None) -> Metric:
    """The metric called ``name``, or the one that the function ``name`` computes.

    The function is imported from ``folder``, the working folder, or from what is installed. It
    is called with the outputs, an array, or arrays by name where the model has several outputs,
    and with the labels, the first axis of all of them the samples; it returns a number. More of
    it is better, unless the function has an attribute ``lower_is_better`` that is true.

    Raises SuiteError for an unknown name and for a function that is not there.
    """
    if name in METRICS:
        return METRICS[name]
    if ":" not in name:
        raise SuiteError(f"unknown metric {name!r}", advice=did_you_mean(name, METRICS))
    function = user_code.find(name, folder=folder, wrong=SuiteError)
    return Metric(
        value=_number(name, folder),
        higher_is_better=not getattr(function, "lower_is_better", False),
        form=AS_THEY_ARE,
    )


def check_metric(name: str | None, folder: Path | None = None) -> None:
    """Raise SuiteError where ``find_metric`` does; None, no metric, is right."""
    if name is not None:
        find_metric(name, folder)


def _number(name: str, folder: Path | None) -> Callable[[Any, Array], float]:
    def value(outputs: Any, labels: Array) -> float:
        result = user_code.call(name, outputs, labels, folder=folder, wrong=DataError)
        try:
            number = float(result)
        except (TypeError, ValueError) as error:
            raise DataError(
                f"the metric {name} gives a {type(result).__name__}", advice="return one number"
            ) from error
        if not math.isfinite(number):
            raise DataError(
                f"the metric {name} gives {number}",
                advice="return a finite number, for any part of the samples",
            )
        return number

    return value
