"""From rows to verdicts: pure, without pandas, without knowing how a row came about.

``limits`` says whether one variant's loss is shown to stay within its limit; ``summary``
compares the variants of a model with each other and names the smallest that may ship.
"""

from sizewise.analysis.limits import Verdict, judge
from sizewise.analysis.summary import (
    ModelSummary,
    RowView,
    RunSummary,
    TargetSummary,
    summarise,
)

__all__ = [
    "ModelSummary",
    "RowView",
    "RunSummary",
    "TargetSummary",
    "Verdict",
    "judge",
    "summarise",
]
