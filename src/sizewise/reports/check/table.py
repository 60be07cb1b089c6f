"""Verdicts on budgets on a terminal: what is wrong in full, what is kept as far as it fits."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sizewise.analysis.budgets import Finding, Judgement, Outcome
from sizewise.reports.check.amounts import change, short_amount
from sizewise.reports.check.wording import (
    MARKS,
    by_gravity,
    footnotes,
    limit,
    place,
    sentence,
    verdict,
)
from sizewise.reports.text import one_line
from sizewise.units import ABSENT

_SHOWN, _KEPT_SHOWN = 60, 40
"""Rows beyond which a terminal is no place to read them."""
_STYLES = {
    Outcome.BROKEN: "red",
    Outcome.NOT_MEASURED: "red",
    Outcome.UNDECIDED: "yellow",
    Outcome.INCOMPARABLE: "dim",
}


def table(judgement: Judgement) -> RenderableType:
    """A row for each finding, the gravest first; a sentence for each that is not kept; the
    verdict last, where a log ends.
    """
    kept = judgement.of(Outcome.KEPT)
    others = [f for f in by_gravity(judgement.findings) if f.outcome is not Outcome.KEPT]
    shown = [*others[:_SHOWN], *kept[:_KEPT_SHOWN]]
    parts: list[RenderableType] = [_table(shown)] if shown else []
    if len(kept) > _KEPT_SHOWN:
        parts.append(Text(f"… and {len(kept) - _KEPT_SHOWN} more that are kept", style="dim"))
    parts += [_reason(finding) for finding in others[:_SHOWN]]
    if len(others) > _SHOWN:
        parts.append(Text(f"… and {len(others) - _SHOWN} more that are not: see --json FILE"))
    parts += [Text(line, style="dim") for line in footnotes(judgement)]
    return Group(*parts, Text(verdict(judgement), style="bold"))


def _table(findings: Sequence[Finding]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="")
    table.add_column("", no_wrap=True)
    table.add_column("job", overflow="fold")
    table.add_column("figure", overflow="fold")
    for heading in ("base", "actual", "change", "limit"):
        table.add_column(heading, justify="right", overflow="fold")
    for finding in findings:
        cells = (
            MARKS[finding.outcome],
            one_line(finding.job_id),
            finding.rule.figure,
            short_amount(finding, finding.base),
            short_amount(finding, finding.actual),
            change(finding).partition(" (")[0],
            limit(finding) if finding.outcome is not Outcome.NOT_MEASURED else ABSENT,
        )
        table.add_row(*map(Text, cells), style=_STYLES.get(finding.outcome, ""))
    return table


def _reason(finding: Finding) -> Text:
    text = f"{MARKS[finding.outcome]} {sentence(finding)} [{place(finding)}]"
    return Text(text, style=_STYLES.get(finding.outcome, ""))
