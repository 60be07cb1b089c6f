"""Verdicts on budgets as text, for everybody who waits for them.

``wording`` puts a finding in words, with figures as ``amounts`` shows them; ``table`` draws all
of them on a terminal, ``markdown`` writes the job summary and the comment of a pull request,
``annotations`` what GitHub shows beside the budget's line, ``junit`` what CI servers read,
``plain`` the JSON, and ``budgets_file`` budgets as the file that they are read from.
"""

from sizewise.reports.check.annotations import github_annotations, github_error
from sizewise.reports.check.budgets_file import budgets_file
from sizewise.reports.check.junit import junit
from sizewise.reports.check.markdown import markdown
from sizewise.reports.check.plain import as_json
from sizewise.reports.check.table import table

__all__ = [
    "as_json",
    "budgets_file",
    "github_annotations",
    "github_error",
    "junit",
    "markdown",
    "table",
]
