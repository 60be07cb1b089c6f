"""Verdicts on budgets as Markdown: for a job summary, and for a pull request's comment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sizewise.analysis.budgets import Finding, Judgement, Outcome
from sizewise.reports.check.amounts import amount, change
from sizewise.reports.check.wording import (
    MARKS,
    by_gravity,
    footnotes,
    limit,
    place,
    sentence,
    verdict,
)
from sizewise.reports.markdown import escaped

MARKER = "<!-- sizewise check -->"
"""The first line, by which a comment is found again and replaced."""
_ROOM = 60_000
"""Characters of rows and of sentences: GitHub takes 65,536 in a comment."""
_HEADINGS = ("", "job", "figure", "base", "head", "Δ", "limit")


def markdown(judgement: Judgement) -> str:
    """The verdict, what is wrong, and what is kept folded away, ending with a line end.

    It is short enough for a comment: what does not fit is counted.
    """
    kept = judgement.of(Outcome.KEPT)
    others = [f for f in by_gravity(judgement.findings) if f.outcome is not Outcome.KEPT]
    return "\n\n".join(_parts(judgement, others, kept)) + "\n"


def _parts(
    judgement: Judgement, others: Sequence[Finding], kept: Sequence[Finding]
) -> Iterator[str]:
    yield MARKER
    yield f"### {escaped(verdict(judgement))}"
    room = _ROOM
    if others:
        table = _table(others, room // 2)
        sentences = _fitting(others, _item, room // 2)
        yield table
        yield sentences
        room -= len(table) + len(sentences)
    if kept:
        yield "<details><summary>Kept budgets</summary>"
        yield _table(kept, max(room, 0))
        yield "</details>"
    yield " ".join(map(escaped, footnotes(judgement)))


def _table(findings: Sequence[Finding], room: int) -> str:
    head = "\n".join([_line(_HEADINGS), _line((":-:", ":--", ":--", "--:", "--:", "--:", "--:"))])
    return f"{head}\n{_fitting(findings, _row, room)}"


def _fitting(findings: Sequence[Finding], line_of: Callable[[Finding], str], room: int) -> str:
    """As many lines as there is room for, and how many more there would be."""
    shown: list[str] = []
    for finding in findings:
        line = line_of(finding)
        room -= len(line) + 1
        if room < 0:
            shown.append(f"\n… and {len(findings) - len(shown)} more")
            break
        shown.append(line)
    return "\n".join(shown)


def _row(finding: Finding) -> str:
    cells = (
        MARKS[finding.outcome],
        finding.job_id,
        finding.rule.figure,
        amount(finding, finding.base),
        amount(finding, finding.actual),
        change(finding),
        limit(finding),
    )
    return _line([escaped(cell) for cell in cells])


def _item(finding: Finding) -> str:
    return f"- {MARKS[finding.outcome]} {escaped(f'{sentence(finding)} [{place(finding)}]')}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
