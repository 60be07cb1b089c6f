"""The verbs of the command line. Everything heavy is imported by the verb that needs it.

Exit codes: 0 done; 1 a defect of sizewise; 2 a mistake of the user's; 3 jobs failed;
130 interrupted.
"""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sizewise.errors import SizewiseError

if TYPE_CHECKING:
    from rich.console import Console

DEBUG = "SIZEWISE_DEBUG"
"""The environment variable behind ``--debug``; worker processes inherit it."""

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


class BrotliLevel(StrEnum):
    """What a server does on the fly, and what it can do beforehand."""

    ON_THE_FLY = "5"
    BEST = "11"


SuiteArgument = Annotated[Path, typer.Argument(metavar="SUITE", help="The suite file (YAML).")]
SelectOption = Annotated[
    str | None,
    typer.Option("--select", metavar="GLOB", help="Only jobs whose id matches, as kws/*@tfjs."),
]
DefineOption = Annotated[
    list[str] | None,
    typer.Option("--define", "-D", metavar="NAME=VALUE", help="Set a variable of the suite."),
]


@app.callback()
def sizewise(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help=f"Show where an error was raised ({DEBUG}=1).")
    ] = False,
) -> None:
    """Find the smallest TensorFlow.js or TFLite artifact that is still as good as the original."""
    if debug:
        os.environ[DEBUG] = "1"
