"""Recommendations as text: ``answer`` puts them in words, ``table`` draws them on a terminal,
``markdown`` in a file, ``plain`` writes every figure as JSON.
"""

from sizewise.reports.recommend.markdown import markdown
from sizewise.reports.recommend.plain import as_json
from sizewise.reports.recommend.table import tables

__all__ = ["as_json", "markdown", "tables"]
