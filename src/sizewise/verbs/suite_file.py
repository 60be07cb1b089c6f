"""How a suite is named on the command line, and what it is told there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

SuiteArgument = Annotated[Path, typer.Argument(metavar="SUITE", help="The suite file (YAML).")]
SelectOption = Annotated[
    str | None,
    typer.Option("--select", metavar="GLOB", help="Only jobs whose id matches, as kws/*@tfjs."),
]
DefineOption = Annotated[
    list[str] | None,
    typer.Option("--define", "-D", metavar="NAME=VALUE", help="Set a variable of the suite."),
]
UnsafeLambdaOption = Annotated[
    bool,
    typer.Option(
        "--unsafe-lambda", help="Run the Python code of Lambda layers that Keras models hold."
    ),
]


def definitions(written: list[str] | None) -> dict[str, str]:
    """The variables that ``--define`` sets. Raises BadParameter for what is no NAME=VALUE."""
    found = {}
    for item in written or []:
        name, equals, value = item.partition("=")
        if not (name and equals):
            raise typer.BadParameter(f"{item!r} is no NAME=VALUE", param_hint="--define")
        found[name] = value
    return found
