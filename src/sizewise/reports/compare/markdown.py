"""A comparison as Markdown, for a pull request's comment or a job's summary."""

from __future__ import annotations

from sizewise.analysis.compare import Comparison
from sizewise.reports.compare.lines import HEADINGS, NUMERIC, footnotes, lines, title, verdict
from sizewise.reports.markdown import escaped


def markdown(comparison: Comparison) -> str:
    """The verdict first, then what changed, the gravest first; ends with a line end."""
    parts = [f"**{escaped(verdict(comparison))}**", escaped(title(comparison))]
    rows = [tuple(map(escaped, cells)) for _, cells in lines(comparison)]
    if rows:
        rules = tuple("--:" if place in NUMERIC else ":--" for place in range(len(HEADINGS)))
        parts.append("\n".join(f"| {' | '.join(cells)} |" for cells in (HEADINGS, rules, *rows)))
    if below := [f"- {escaped(line)}" for line in footnotes(comparison)]:
        parts.append("\n".join(below))
    return "\n\n".join(parts) + "\n"
