"""What GitHub shows beside the line of a budget that is not kept.

The commands are those of "Workflow commands for GitHub Actions", with its escapes.
"""

from __future__ import annotations

from pathlib import Path

from sizewise.analysis.budgets import Finding, Judgement, Outcome
from sizewise.errors import SizewiseError
from sizewise.reports.check.wording import by_gravity, sentence

_LEVELS = {
    Outcome.BROKEN: "error",
    Outcome.NOT_MEASURED: "error",
    Outcome.UNDECIDED: "warning",
    Outcome.INCOMPARABLE: "notice",
}


def github_annotations(judgement: Judgement, root: Path) -> str:
    """A line for each finding that is not kept, the gravest first: GitHub shows the first ten
    of each level. Files are named relative to ``root``, the checkout, where they lie below it.
    """
    return "".join(
        f"{_command(finding, root)}\n"
        for finding in by_gravity(judgement.findings)
        if finding.outcome in _LEVELS
    )


def github_error(error: SizewiseError) -> str:
    """The line for a mistake that kept the budgets from being checked."""
    return f"::error title=sizewise::{_data(str(error))}\n"


def _command(finding: Finding, root: Path) -> str:
    properties = {"title": f"sizewise: {finding.job_id} {finding.rule.figure}"}
    if (at := finding.rule.at) is not None:
        properties = {"file": _relative(at.file, root), "line": str(at.line or 1)} | properties
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_LEVELS[finding.outcome]} {written}::{_data(sentence(finding))}"


def _relative(file: Path, root: Path) -> str:
    absolute = file.absolute()
    if absolute.is_relative_to(root.absolute()):
        return absolute.relative_to(root.absolute()).as_posix()
    return file.as_posix()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
