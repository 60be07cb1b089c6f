"""Are the budgets kept? Bytes and drift gate exactly, times only where a difference is shown.

``matching`` says which jobs a budget is for, ``figures`` what is limited, ``bases`` what it is
compared with, ``times`` whether a time has really grown, ``check`` puts the verdicts together,
``first`` writes budgets for a run that has none.
"""

from sizewise.analysis.budgets.check import check
from sizewise.analysis.budgets.findings import Finding, Judgement, Outcome
from sizewise.analysis.budgets.first import first_budgets

__all__ = ["Finding", "Judgement", "Outcome", "check", "first_budgets"]
