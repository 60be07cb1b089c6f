"""The verbs of the command line. Everything heavy is imported by the verb that needs it.

Exit codes: 0 done; 1 a defect of sizewise; 2 a mistake of the user's; 3 jobs failed;
130 interrupted.
"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from sizewise.errors import SizewiseError
from sizewise.verbs import cache, carry_out, choose, convert, guard, inspect, tune, watch
from sizewise.verbs.console import console
from sizewise.verbs.debug import DEBUG
from sizewise.verbs.suite_file import DefineOption, SelectOption, SuiteArgument, definitions

app = typer.Typer(
    name="sizewise",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Format(StrEnum):
    """How a report is written."""

    TABLE = "table"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"
    HTML = "html"
    PNG = "png"
    SVG = "svg"


def _show_version(*, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"sizewise {version('sizewise')}")
        raise typer.Exit


@app.callback()
def sizewise(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an error was raised.", envvar=DEBUG)
    ] = False,
) -> None:
    """Find the smallest TensorFlow.js or TFLite artifact that is still as good as the original."""
    if debug:
        os.environ[DEBUG] = "1"


app.command()(carry_out.run)
app.add_typer(cache.app, name="cache")


@app.command()
def plan(suite: SuiteArgument, select: SelectOption = None, define: DefineOption = None) -> None:
    """List every job of a suite, and whether it is legal."""
    from sizewise.config import load_suite
    from sizewise.plan import make_plan

    jobs = make_plan(load_suite(suite, definitions(define)), select).jobs
    width = max((len(str(job.id)) for job in jobs), default=0)
    for job in jobs:
        typer.echo(f"{job.id!s:<{width}}  {f'illegal: {job.illegal}' if job.illegal else 'legal'}")
    illegal = sum(job.illegal is not None for job in jobs)
    typer.echo(f"{len(jobs)} jobs, {illegal} illegal", err=True)


@app.command()
def report(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run's folder, or a suite's: its newest run.")
    ],
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where to write it; by default to stdout, html, png and svg to RUN.",
        ),
    ] = None,
) -> None:
    """Show the records of a run: as text, as a page to look at, or as pictures.

    A page is one file that works offline. Pictures are one a model: with several models, each
    one's name is added to the file's.
    """
    from sizewise.analysis import summarise
    from sizewise.records import load_run
    from sizewise.verbs import look

    loaded = load_run(run)
    match form:
        case Format.TABLE:
            from sizewise.reports.table import tables

            if output is not None:
                raise typer.BadParameter("a table is for the terminal", param_hint="--output")
            console().print(tables(summarise(loaded)))
        case Format.MARKDOWN:
            from sizewise.reports import markdown

            look.tell(markdown.report(summarise(loaded)), output)
        case Format.CSV:
            from sizewise.reports import plain

            look.tell(plain.as_csv(loaded), output)
        case Format.JSON:
            from sizewise.reports import plain

            look.tell(plain.as_json(loaded), output)
        case Format.HTML:
            look.write_page(loaded, output)
        case Format.PNG | Format.SVG:
            look.write_pictures(loaded, form.value, output)


for _verb in (
    convert.convert,
    inspect.inspect,
    choose.recommend,
    guard.check,
    guard.budgets,
    tune.sensitivity,
    tune.tune,
    watch.compare,
    watch.trend,
    watch.prune_history,
    watch.export,
):
    app.command()(_verb)


def main() -> None:
    """The console script: an exit code for every end, and no traceback for a user's mistake."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal without the signs of the table gets question marks.
            stream.reconfigure(errors="replace")
    try:
        code = _exit_code()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; what is left must not be flushed at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


def _exit_code() -> int:
    try:
        app(prog_name="sizewise")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except SizewiseError as error:
        _show_traceback()
        typer.echo(f"error: {error}", err=True)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the last line of defence
        _show_traceback()
        typer.echo(f"error: {type(error).__name__}: {error}", err=True)
        advice = "" if os.environ.get(DEBUG) else f", with what {DEBUG}=1 shows in addition"
        typer.echo(f"This is a defect of sizewise: please report it{advice}.", err=True)
        return 1
    return 0


def _show_traceback() -> None:
    if os.environ.get(DEBUG):
        import traceback

        traceback.print_exc()
