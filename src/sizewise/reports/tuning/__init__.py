"""A tuning and sensitivities, on a terminal, as Markdown and as JSON."""

from sizewise.reports.tuning.sensitivity import as_json, as_markdown, as_tables
from sizewise.reports.tuning.trials import markdown, tables

__all__ = ["as_json", "as_markdown", "as_tables", "markdown", "tables"]
