"""Which mix of encodings to try next, and which to trust: the search of the tuner.

Pure: sizes and distortions in, choices out. Nothing here knows how an artifact is written or how it
is run.
"""

from sizewise.tune.allocation import Allocation, ladder
from sizewise.tune.budget import Budget, Figures
from sizewise.tune.journal import Journal
from sizewise.tune.mix import ALL, PLAIN, encoding_of, mix_of, rounded_encodings
from sizewise.tune.outcome import Outcome, folder_beside, load_outcome, save_outcome
from sizewise.tune.points import Choices, Point
from sizewise.tune.result import Tuned, size_of, smallest, upstream
from sizewise.tune.search import GoOn, deepest, fixed_sequence, spread
from sizewise.tune.sensitivity import FILE as SENSITIVITY_FILE
from sizewise.tune.sensitivity import (
    REST,
    Cost,
    Sensitivity,
    TensorRow,
    load_sensitivity,
    save_sensitivity,
)
from sizewise.tune.trials import Phase, Trial

__all__ = [
    "ALL",
    "PLAIN",
    "REST",
    "SENSITIVITY_FILE",
    "Allocation",
    "Budget",
    "Choices",
    "Cost",
    "Figures",
    "GoOn",
    "Journal",
    "Outcome",
    "Phase",
    "Point",
    "Sensitivity",
    "TensorRow",
    "Trial",
    "Tuned",
    "deepest",
    "encoding_of",
    "fixed_sequence",
    "folder_beside",
    "ladder",
    "load_outcome",
    "load_sensitivity",
    "mix_of",
    "rounded_encodings",
    "save_outcome",
    "save_sensitivity",
    "size_of",
    "smallest",
    "spread",
    "upstream",
]
