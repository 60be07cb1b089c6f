"""A trend as Markdown, for the summary of a nightly job."""

from __future__ import annotations

from sizewise.analysis.trend import Trend
from sizewise.records.history import History
from sizewise.reports.markdown import escaped
from sizewise.reports.trend.lines import (
    EXPLANATION,
    HEADINGS,
    MOST,
    NUMERIC,
    failures,
    footnotes,
    lines,
    unlisted,
    verdict,
)


def markdown(trend: Trend, history: History) -> str:
    """The verdict first, then every change, the surest first; ends with a line end."""
    parts = [f"**{escaped(verdict(trend))}**"]
    rows = [tuple(map(escaped, cells)) for cells in lines(trend, MOST)]
    if rows:
        rules = tuple("--:" if place in NUMERIC else ":--" for place in range(len(HEADINGS)))
        parts.append("\n".join(f"| {' | '.join(cells)} |" for cells in (HEADINGS, rules, *rows)))
        parts.append(EXPLANATION)
    below = [*unlisted(trend, MOST), *failures(trend), *footnotes(trend, history)]
    parts.append("\n".join(f"- {escaped(line)}" for line in below))
    return "\n\n".join(parts) + "\n"
