"""``sizewise check`` and ``sizewise budgets``: hold the budgets of a run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sizewise.errors import SizewiseError
from sizewise.units import parse_share
from sizewise.verbs.console import console

if TYPE_CHECKING:
    from sizewise.analysis.budgets import Judgement

RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="A run's folder, or a suite's: its newest run.")
]


class Size(StrEnum):
    """What a first budgets file can hold."""

    RAW = "raw"
    GZIP = "gzip"
    BROTLI = "brotli"
    FILE = "file"
    TOTAL_FILES = "total-files"


_SUMMARY = "GITHUB_STEP_SUMMARY"
_WORKSPACE = "GITHUB_WORKSPACE"


def check(
    run: RunArgument,
    *,
    budgets: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Budgets in a file.", show_default="those of the run's suite"
        ),
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RUN|latest:DIR",
            help="What to compare with: a run, or the newest complete one before it below a "
            "folder. Several give times more samples.",
        ),
    ] = None,
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write Markdown, for a comment.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write JUnit XML.")
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write JSON.")] = None,
    github: Annotated[
        bool,
        typer.Option("--github", help="Also print annotations, and append to the job's summary."),
    ] = False,
) -> None:
    """Check that a run keeps its budgets.

    Exit code 0: kept; 1: a budget is broken; 2: wrong input, such as a budget that matches no
    job; 3: a job failed or its figure was not measured.
    """
    from sizewise.reports.check import github_error, table

    try:
        judgement = _judge(run, budgets, baseline or ())
    except SizewiseError as error:
        if github:
            typer.echo(github_error(error), nl=False)
        raise
    _write_files(judgement, markdown=markdown, junit=junit, json=json)
    console().print(table(judgement))
    if github:
        _tell_github(judgement)
    raise typer.Exit(judgement.exit_code)


def budgets(
    run: RunArgument,
    *,
    slack: Annotated[
        str, typer.Option(metavar="SHARE", help="What sizes may grow by, now and ever.")
    ] = "5%",
    figure: Annotated[
        list[Size] | None, typer.Option(help="Sizes to hold.", show_default="brotli")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A new file to write.", show_default="stdout"),
    ] = None,
) -> None:
    """Write a first budgets file, which the run itself keeps.

    Sizes are held to what they are in this run, plus slack: later runs are compared with these
    figures and not with each other, so that many small steps do not pass.
    """
    from sizewise.analysis.budgets import first_budgets
    from sizewise.domain.budget import Figure
    from sizewise.records import load_run
    from sizewise.reports.check import budgets_file

    if output is not None and output.exists():
        raise typer.BadParameter(f"{output} is there already", param_hint="--output")
    share = _slack(slack)
    loaded = load_run(run)
    figures = [Figure(size.value) for size in figure or (Size.BROTLI,)]
    text = budgets_file(loaded, first_budgets(loaded, share, figures))
    if output is None:
        typer.echo(text, nl=False)
    else:
        _write(output, text)


def _judge(path: Path, budgets: Path | None, baselines: Iterable[str]) -> Judgement:
    from sizewise.analysis.budgets import check as judge
    from sizewise.config.budgets import load_budgets
    from sizewise.records import layout, load_run
    from sizewise.verbs.baselines import load_baselines

    run = load_run(path)
    found = load_budgets(run.path / layout.SUITE if budgets is None else budgets)
    return judge(run, found, load_baselines(baselines, run))


def _write_files(
    judgement: Judgement, *, markdown: Path | None, junit: Path | None, json: Path | None
) -> None:
    from sizewise.reports import check as reports

    for file, render in (
        (markdown, reports.markdown),
        (junit, reports.junit),
        (json, reports.as_json),
    ):
        if file is not None:
            _write(file, render(judgement))


def _write(file: Path, text: str) -> None:
    from sizewise.storage import write_file

    try:
        write_file(file, text)
    except OSError as error:
        raise typer.BadParameter(f"cannot write {file}: {error.strerror}") from error


def _tell_github(judgement: Judgement) -> None:
    from sizewise.reports.check import github_annotations, markdown

    typer.echo(github_annotations(judgement, Path(os.environ.get(_WORKSPACE, "."))), nl=False)
    if summary := os.environ.get(_SUMMARY):
        # GitHub collects what all commands of a step append.
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(f"{markdown(judgement)}\n")


def _slack(text: str) -> Decimal:
    try:
        share, relative = parse_share(text)
    except ValueError:
        relative = False
    if not relative:
        raise typer.BadParameter(f"{text!r} is no share: write 5%", param_hint="--slack")
    return Decimal(str(share))
