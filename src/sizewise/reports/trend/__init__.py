"""A trend as text: what happened, at which run, and how sure that is."""

from sizewise.reports.trend.markdown import markdown
from sizewise.reports.trend.plain import as_json
from sizewise.reports.trend.table import table

__all__ = ["as_json", "markdown", "table"]
