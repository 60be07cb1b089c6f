"""A history of runs, watched: every job's every figure, and what happened to it.

``series`` cuts the history into comparable series, ``changes`` says what happened in one, with
the help of ``scan``, ``steps`` and ``drift``; ``history`` puts them together.
"""

from sizewise.analysis.trend.changes import Behaviour, Change, ChangeKind, Verdict, find_changes
from sizewise.analysis.trend.history import RunPoint, Trend, Watched, watch
from sizewise.analysis.trend.series import Failing, Series

__all__ = [
    "Behaviour",
    "Change",
    "ChangeKind",
    "Failing",
    "RunPoint",
    "Series",
    "Trend",
    "Verdict",
    "Watched",
    "find_changes",
    "watch",
]
