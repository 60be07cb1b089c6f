"""The axis of losses: what a model's variants are judged by, in the unit that it is shown in."""

from __future__ import annotations

from dataclasses import dataclass

from sizewise.analysis.figures import SQNR_CEILING
from sizewise.analysis.recommend import Recommendation
from sizewise.analysis.standing import Criterion
from sizewise.domain import Record
from sizewise.reports.scale import Scale
from sizewise.units import ABSENT, format_number


@dataclass(frozen=True, slots=True)
class DriftAxis:
    """The criterion of a recommendation's front, and the scale of the model's metric."""

    criterion: Criterion
    scale: Scale

    @classmethod
    def of(cls, answer: Recommendation) -> DriftAxis | None:
        """The axis for an answer; None where no drift was measured."""
        if answer.drift is None:
            return None
        return cls(answer.drift, Scale.of(answer.metric, answer.metric_reference, answer.samples))

    @property
    def title(self) -> str:
        """What stands beside the axis."""
        unit = f", {self.scale.drop_unit}" if self.scale.drop_unit else ""
        return {
            Criterion.DROP: f"{self.scale.metric} drop{unit} (lower is better)",
            Criterion.AGREEMENT: "samples that disagree, % (lower is better)",
            Criterion.SQNR: "SQNR, dB (lower on the axis is better)",
        }[self.criterion]

    @property
    def name(self) -> str:
        """What the axis shows, in a word."""
        names = {Criterion.DROP: "drop", Criterion.AGREEMENT: "disagreement"}
        return names.get(self.criterion, "noise")

    def values(self, record: Record) -> tuple[float, float, float]:
        """The row's figure and the ends of its interval, in the axis' unit."""
        if self.criterion is Criterion.DROP:
            ends = (record.metric_drop, record.metric_drop_low, record.metric_drop_high)
            factor, offset = float(self.scale.factor), 0.0
        elif self.criterion is Criterion.AGREEMENT:
            ends = (record.agreement, record.agreement_high, record.agreement_low)
            factor, offset = -100.0, 100.0
        else:
            ends, factor, offset = (record.sqnr_db, None, None), 1.0, 0.0
        middle = SQNR_CEILING if ends[0] is None else offset + factor * ends[0]
        low, high = (middle if end is None else offset + factor * end for end in ends[1:])
        return middle, low, high

    def text(self, record: Record) -> str:
        """The row's figure as people read it."""
        match self.criterion:
            case Criterion.DROP:
                return f"{self.scale.drop(record)} {self.scale.drop_unit}".rstrip()
            case Criterion.AGREEMENT:
                share = record.agreement
                return ABSENT if share is None else f"{format_number(100 * (1 - share), 2)} %"
            case Criterion.SQNR:
                exact = record.max_abs_error == 0
                return "∞ dB" if exact else f"{format_number(record.sqnr_db, 1)} dB"
