"""``sizewise inspect``: what a model takes, gives and holds, and which targets can have it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from sizewise.verbs.console import console
from sizewise.verbs.convert import (
    CustomOpOption,
    InputsOption,
    ModuleOption,
    NodesOption,
    SourceArgument,
    TagOption,
)
from sizewise.verbs.quiet import quiet_libraries
from sizewise.verbs.suite_file import UnsafeLambdaOption


class InspectFormat(StrEnum):
    """How an inspection is written."""

    TABLE = "table"
    JSON = "json"


def inspect(
    source: SourceArgument,
    *,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Only for this target. \\[default: all]"),
    ] = None,
    signature: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this one. \\[default: all]")
    ] = None,
    output: NodesOption = None,
    inputs: InputsOption = None,
    tag: TagOption = None,
    custom_op: CustomOpOption = None,
    custom_ops_module: ModuleOption = None,
    top: Annotated[int, typer.Option(min=1, help="How many weights and ops to list.")] = 10,
    form: Annotated[
        InspectFormat, typer.Option("--format", help="How to write it.")
    ] = InspectFormat.TABLE,
    unsafe_lambda: UnsafeLambdaOption = False,
) -> None:
    """List signatures, weights, ops, and every op that a target does not support.

    For each target the model is converted in float32 and run, and thrown away.
    """
    from sizewise.conversion import given, look_into
    from sizewise.domain import Target
    from sizewise.reports import inspection as reports

    with quiet_libraries():
        found = look_into(
            given(
                source,
                inputs=inputs or (),
                outputs=output or (),
                tags=tag or (),
                unsafe_lambda=unsafe_lambda,
            ),
            targets=target or list(Target),
            signature=signature,
            custom_ops=custom_op or (),
            custom_ops_module=custom_ops_module,
        )
    if form is InspectFormat.JSON:
        typer.echo(reports.as_json(found), nl=False)
    else:
        console().print(reports.tables(found, top))
