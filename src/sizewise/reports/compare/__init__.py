"""A comparison of two runs as text. What changed is told figure by figure; rows where nothing
did are counted.
"""

from sizewise.reports.compare.markdown import markdown
from sizewise.reports.compare.plain import as_json
from sizewise.reports.compare.table import table

__all__ = ["as_json", "markdown", "table"]
