"""``sizewise compare``, ``trend``, ``prune-history`` and ``export``: what changes over time."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sizewise.verbs.choose import Form
from sizewise.verbs.console import console

if TYPE_CHECKING:
    from sizewise.records import Run

_PAGE = "trend.html"
FAILED = 1
"""The exit code of a comparison that ``--fail-on`` makes a failure."""

_AGE = re.compile(r"(?P<count>\d{1,5})\s*(?P<unit>[hdw])")
_HOURS = {"h": 1, "d": 24, "w": 7 * 24}


class FailOn(StrEnum):
    """What makes a comparison a failure."""

    WORSE = "worse"
    FAILING = "failing"
    NEVER = "never"


class TrendFormat(StrEnum):
    """How a trend is written."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"
    HTML = "html"


class ExportFormat(StrEnum):
    """A format of another tool's."""

    PYTEST_BENCHMARK = "pytest-benchmark"
    SMALLER_IS_BETTER = "customSmallerIsBetter"
    OPENMETRICS = "openmetrics"


HistoryArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="A folder with runs at any depth below it.")
]


def compare(
    base: Annotated[
        str,
        typer.Argument(
            metavar="BASE",
            help="A run's folder, a suite's (its newest run), or latest:DIR for the newest "
            "complete run of the same suite below DIR other than HEAD.",
        ),
    ],
    head: Annotated[
        Path, typer.Argument(metavar="HEAD", help="A run's folder, or a suite's: its newest run.")
    ],
    *,
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.TABLE,
    fail_on: Annotated[
        FailOn, typer.Option(help="What makes the exit code 1; marks with a ? never do.")
    ] = FailOn.NEVER,
) -> None:
    """Compare two runs: sizes, drift and times, job by job.

    Sizes and drift are compared exactly. Times are compared in equal environments only, and are
    marked with a ? where two runs cannot tell the change from the machine's mood.
    """
    from sizewise.analysis.compare import compare as comparison_of
    from sizewise.records import load_run
    from sizewise.reports import compare as reports

    second = load_run(head)
    comparison = comparison_of(_base(base, second), second)
    match form:
        case Form.TABLE:
            console().print(reports.table(comparison))
        case Form.MARKDOWN:
            typer.echo(reports.markdown(comparison), nl=False)
        case Form.JSON:
            typer.echo(reports.as_json(comparison), nl=False)
    failed = {
        FailOn.WORSE: comparison.worse,
        FailOn.FAILING: comparison.failing,
        FailOn.NEVER: False,
    }
    if failed[fail_on]:
        raise typer.Exit(FAILED)


def trend(
    folder: HistoryArgument,
    *,
    alpha: Annotated[
        float,
        typer.Option(
            min=1e-9,
            max=0.5,
            help="Share of the series that only vary which may be marked by chance.",
        ),
    ] = 0.05,
    form: Annotated[
        TrendFormat, typer.Option("--format", help="How to write it.")
    ] = TrendFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Where to write it; by default to stdout, html to DIR/trend.html."
        ),
    ] = None,
) -> None:
    """Show what changed in a history of runs, and at which run: steps, drift, failures.

    Times are followed within one environment, compressed sizes within one compressor. As html it
    is one file with every figure of every job as a line.
    """
    from sizewise.analysis.trend import watch
    from sizewise.records.history import load_history
    from sizewise.reports import trend as reports
    from sizewise.verbs import look

    if form is TrendFormat.TABLE and output is not None:
        raise typer.BadParameter("a table is for the terminal", param_hint="--output")
    history = load_history(folder)
    watched = watch(history.runs, alpha=alpha)
    match form:
        case TrendFormat.TABLE:
            console().print(reports.table(watched, history))
        case TrendFormat.MARKDOWN:
            look.tell(reports.markdown(watched, history), output)
        case TrendFormat.JSON:
            look.tell(reports.as_json(watched, history), output)
        case TrendFormat.HTML:
            from sizewise.reports.html import trend_page

            look.write(output or folder / _PAGE, trend_page(watched, history))


def prune_history(
    folder: HistoryArgument,
    *,
    keep: Annotated[
        str, typer.Option(metavar="AGE", help="Keep runs younger than this: 90d, 12w or 36h.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be removed.")
    ] = False,
) -> None:
    """Remove old complete runs, but never a suite's newest.

    Runs that are not complete, folders that are no runs, and what links lead to stay.
    """
    from sizewise.records.history import plan_pruning, remove_runs

    pruning = plan_pruning(folder, _age(keep))
    removed = pruning.removed if dry_run else remove_runs(pruning.removed)
    word = "would remove" if dry_run else "removed"
    for heading in removed:
        typer.echo(f"{word} {heading.path}")
    count = len(pruning.removed)
    runs = "1 run" if count == 1 else f"{count} runs"
    typer.echo(f"{word} {runs}, {pruning.kept} stay", err=True)


def export(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run's folder, or a suite's: its newest run.")
    ],
    *,
    form: Annotated[ExportFormat, typer.Option("--as", help="The format.")],
) -> None:
    """Write a run in another tool's format, to the standard output.

    pytest-benchmark: its times, for `pytest-benchmark compare`. customSmallerIsBetter: sizes and
    times, for github-action-benchmark. openmetrics: all figures, for Prometheus.
    """
    from sizewise.records import load_run
    from sizewise.reports import exports

    write = {
        ExportFormat.PYTEST_BENCHMARK: exports.pytest_benchmark,
        ExportFormat.SMALLER_IS_BETTER: exports.smaller_is_better,
        ExportFormat.OPENMETRICS: exports.openmetrics,
    }[form]
    typer.echo(write(load_run(run)), nl=False)


def _base(written: str, head: Run) -> Run:
    from sizewise.verbs.baselines import load_baselines

    (base,) = load_baselines([written], head)
    return base


def _age(text: str) -> timedelta:
    match = _AGE.fullmatch(text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is no age: write 90d, 12w or 36h", param_hint="--keep")
    return timedelta(hours=int(match["count"]) * _HOURS[match["unit"]])
