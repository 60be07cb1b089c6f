"""The keys of an encoding that is left to the tuner."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from sizewise.config.encodings import is_encoding
from sizewise.config.keys import Shape
from sizewise.config.values import (
    Count,
    LimitText,
    Name,
    Number,
    Seed,
    ShareText,
    TimeText,
    known,
    refuse,
)
from sizewise.domain import Encoding, Limit
from sizewise.domain.tuning import Auto, Evidence, Goal
from sizewise.units import parse_seconds, parse_share

EvidenceName = Annotated[str, *known("evidence", tuple(map(str, Evidence)))]
GoalName = Annotated[str, *known("goal", tuple(map(str, Goal)))]


class AutoOptions(Shape):
    """What the mix of encodings that the tuner finds may lose, and what it may take."""

    name: Name = Field(default="auto", description="the encoding's name in job ids")
    max_drop: LimitText | None = Field(
        default=None,
        description="how much of the metric may be lost; the model's if no limit is given",
    )
    agreement: ShareText | None = Field(
        default=None, description="the least agreement with the original, such as 98 %"
    )
    sqnr: Number | None = Field(
        default=None, description="the least signal-to-noise ratio of the outputs in dB"
    )
    minimize: GoalName = Field(default=str(Goal.BROTLI), description="what is to be small")
    time_limit: TimeText = Field(
        default="10m", description="after what time no other trial begins: 90s, 10m, 2h"
    )
    trials: Count = Field(
        default=8, description="how many mixes are run on the samples to judge on, at most"
    )
    seed: Seed = Field(default=0, description="of the draw of samples")
    evidence: EvidenceName = Field(
        default=str(Evidence.SHOWN),
        description="what keeps a limit: shown, the end of its 95 % interval, or estimated",
    )

    @model_validator(mode="after")
    def _has_its_own_name(self) -> Self:
        if is_encoding(self.name):
            raise refuse(f"{self.name!r} is an encoding already", "give it another name")
        return self


class AutoEntry(Shape):
    """An encoding that is left to the tuner."""

    auto: AutoOptions = Field(description="such as {max-drop: 1 pp, agreement: 98 %}")

    @property
    def encoding(self) -> Encoding:
        """The encoding that it stands for."""
        told = self.auto
        limit = None if told.max_drop is None else Limit(*parse_share(told.max_drop))
        auto = Auto(
            limit,
            None if told.agreement is None else parse_share(told.agreement)[0],
            told.sqnr,
            Goal(told.minimize),
            parse_seconds(told.time_limit),
            told.trials,
            told.seed,
            Evidence(told.evidence),
        )
        return Encoding(told.name, auto=auto)
