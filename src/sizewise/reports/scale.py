"""How a model's metric is shown."""

from __future__ import annotations

from dataclasses import dataclass

from sizewise.analysis import ModelSummary
from sizewise.domain import SHARE_METRICS, Record
from sizewise.units import ABSENT, decimals_for, format_change, format_number


@dataclass(frozen=True, slots=True)
class Scale:
    """How a model's metric is shown: multiplied by ``factor``, with ``decimals``."""

    metric: str
    factor: int
    decimals: int
    unit: str
    """Of the metric."""
    drop_unit: str
    """Of its drop."""

    @classmethod
    def of(cls, metric: str | None, reference: float | None, samples: int | None) -> Scale:
        """Shares with as many decimals as the samples resolve, others with four digits.

        A metric that is a Python function is called by the function's name.
        """
        if metric in SHARE_METRICS:
            return cls(metric, 100, 1 if (samples or 0) <= 2000 else 2, "%", "pp")
        name = (metric or "metric").rpartition(":")[2]
        return cls(name, 1, decimals_for(reference or 0.0, digits=4), "", "")

    @classmethod
    def of_model(cls, model: ModelSummary) -> Scale:
        """The scale of a model's table."""
        return cls.of(model.metric, model.metric_reference, model.samples)

    def value(self, value: float | None) -> str:
        """A metric, without its unit."""
        return ABSENT if value is None else format_number(value * self.factor, self.decimals)

    def change(self, value: float | None) -> str:
        """A drop or an end of its interval, signed, without its unit."""
        return ABSENT if value is None else format_change(value * self.factor, self.decimals)

    def drop(self, record: Record) -> str:
        """``+0.2 [−0.3, +0.7]``, or the drop alone where there is no interval."""
        if record.metric_drop is None or record.metric_drop_low is None:
            return self.change(record.metric_drop)
        low, high = self.change(record.metric_drop_low), self.change(record.metric_drop_high)
        return f"{self.change(record.metric_drop)} [{low}, {high}]"
