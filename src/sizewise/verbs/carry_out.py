"""``sizewise run``: make, run and compare every variant of a suite."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sizewise.verbs.console import console
from sizewise.verbs.sizes import bytes_of
from sizewise.verbs.suite_file import (
    DefineOption,
    SelectOption,
    SuiteArgument,
    UnsafeLambdaOption,
    definitions,
)

if TYPE_CHECKING:
    from sizewise.api import Finished


class BrotliLevel(StrEnum):
    """What a server does on the fly, and what it can do beforehand."""

    ON_THE_FLY = "5"
    BEST = "11"


class Timing(StrEnum):
    """How times are measured."""

    SERIAL = "serial"
    PARALLEL = "parallel"


_STORE = "Where results are kept and found again: a folder or a URL such as s3://bucket/folder."


def run(
    suite: SuiteArgument,
    select: SelectOption = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep runs below this folder. \\[default: results/runs]"),
    ] = None,
    define: DefineOption = None,
    brotli: Annotated[
        BrotliLevel, typer.Option(help="Brotli level; 11 takes minutes for large models.")
    ] = BrotliLevel.ON_THE_FLY,
    *,
    store: Annotated[str | None, typer.Option(metavar="PLACE", help=_STORE)] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do and measure everything anew.")] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="Worker processes. \\[default: 1; with parallel timing, cores]"
        ),
    ] = None,
    timing: Annotated[
        Timing | None,
        typer.Option(help="One job at a time, or several. \\[default: serial with one worker]"),
    ] = None,
    time_limit: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="What a job may take. \\[default: 3600]"),
    ] = None,
    memory_limit: Annotated[
        str | None, typer.Option(metavar="SIZE", help="What a worker may use, as 4 GB.")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Run on the Dask cluster of tcp://host:8786."),
    ] = None,
    unsafe_lambda: UnsafeLambdaOption = False,
) -> None:
    """Make, run and compare every variant of a suite, and show which to ship.

    What an earlier run has left in the store is taken from there.
    """
    from sizewise.api import run_and_report
    from sizewise.progress import progress
    from sizewise.run import RunOptions, TimingMode
    from sizewise.run.options import DEFAULT_TIME_LIMIT_SECONDS

    options = RunOptions(
        store=store,
        fresh=fresh,
        workers=workers,
        timing=None if timing is None else TimingMode(timing.value),
        time_limit_seconds=DEFAULT_TIME_LIMIT_SECONDS if time_limit is None else time_limit,
        memory_limit_bytes=bytes_of(memory_limit, "--memory-limit"),
        cluster=cluster,
    )
    with progress() as listener:
        finished = run_and_report(
            suite,
            select=select,
            output=output,
            define=definitions(define),
            brotli_level=int(brotli),
            listener=listener,
            options=options,
            unsafe_lambda=unsafe_lambda,
        )
    _tell(finished)
    if finished.outcome.interrupted:
        raise typer.Exit(130)
    if finished.outcome.failed:
        raise typer.Exit(3)


def _tell(finished: Finished) -> None:
    from sizewise.reports.table import tables
    from sizewise.reports.text import answer_lines

    folder = finished.outcome.folder
    console().print(tables(finished.summary))
    typer.echo("\nTo ship:")
    for line in answer_lines(finished.summary, folder):
        typer.echo(f"  {line}")
    if reused := finished.outcome.reused:
        what = "1 row is" if reused == 1 else f"{reused} rows are"
        typer.echo(f"\n{what} from earlier runs, with the times of then: --fresh measures anew")
    typer.echo(f"\nReport and records: {folder}")
