"""Budgets: what the artifacts of some jobs may weigh, lose and cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sizewise.domain.suite import Location


class Figure(StrEnum):
    """What a budget can limit, by the word that stands in the file."""

    RAW = "raw"
    GZIP = "gzip"
    BROTLI = "brotli"
    """Bytes of the artifact's files, as stored and as a server sends them."""
    FILE = "file"
    """Bytes of the largest single file, as stored."""
    TOTAL_FILES = "total-files"
    DROP = "drop"
    """Loss of the metric, the estimate: exact on fixed seeds."""
    DROP_SHOWN = "drop-shown"
    """Upper end of its paired 95 % interval: the loss that cannot be ruled out."""
    AGREEMENT = "agreement"
    """Share of samples with the reference's top class, the estimate."""
    AGREEMENT_SHOWN = "agreement-shown"
    """Lower end of its 95 % interval."""
    SQNR = "sqnr"
    CONVERSION = "conversion"
    LATENCY = "latency"


class Against(StrEnum):
    """What a bound is counted from."""

    NOTHING = "nothing"
    """The bound is the limit itself."""
    BASE = "base"
    """The same job in a baseline run, or the figure that the budget was set on."""
    FLOAT32 = "float32"
    """The float32 row of the same model, transform and target in the same run."""


class Measure(StrEnum):
    """What a bound's amount is counted in."""

    UNIT = "unit"
    """Bytes, files, dB, the metric's own unit; shares of 1 for agreement."""
    POINTS = "points"
    """Percentage points as a share of 1: only for metrics that are shares."""
    SHARE = "share"
    """A share of what the bound is counted from."""
    OF_REFERENCE = "of reference"
    """A share of the metric that the untouched model reaches."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of what is allowed: ``amount``, in ``measure``, ``against`` something.

    ``25 kB`` is 25000 UNIT against NOTHING, ``+5 %`` is 0.05 SHARE against BASE, ``1.5x
    float32`` is 0.5 SHARE against FLOAT32. ``text`` is what was written.
    """

    text: str
    amount: Decimal
    measure: Measure
    against: Against


@dataclass(frozen=True, slots=True)
class Rule:
    """The bounds of one figure; at least one of ``high`` and ``low``.

    ``set_on`` is the figure's value when the budget was set: where it is given, bounds against
    BASE count from it and not from a baseline run, so that many small steps do not pass.
    """

    figure: Figure
    high: Bound | None = None
    low: Bound | None = None
    set_on: Decimal | None = None
    at: Location | None = None

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """The bounds that there are."""
        return tuple(bound for bound in (self.high, self.low) if bound is not None)

    @property
    def needs_baseline(self) -> bool:
        """Whether it cannot be judged without a baseline run."""
        return self.set_on is None and any(b.against is Against.BASE for b in self.bounds)


@dataclass(frozen=True, slots=True)
class Budget:
    """Rules for the jobs whose ids match ``pattern``."""

    pattern: str
    rules: tuple[Rule, ...]
    at: Location | None = None
