"""``sizewise recommend``: which variant to ship."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sizewise.verbs.console import console
from sizewise.verbs.limits import limit_of, share_of

if TYPE_CHECKING:
    from sizewise.records import Run

NONE_QUALIFIES = 1
"""The exit code where for some model no variant is shown to be good enough."""


class Form(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"


class Optimize(StrEnum):
    """What is to be small."""

    BROTLI = "brotli"
    GZIP = "gzip"
    RAW = "raw"
    LATENCY = "latency"


def recommend(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A run's folder, or a suite's: its newest run.")
    ],
    *,
    max_drop: Annotated[
        str | None,
        typer.Option(
            metavar="LIMIT",
            help="Loss of metric that may not be exceeded: 1 pp, 1 % (of the original) or 0.01 "
            "in the metric's unit.",
            show_default="the suite's, if no limit is given",
        ),
    ] = None,
    min_agreement: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Least agreement with the original, such as 98%."),
    ] = None,
    min_sqnr: Annotated[
        float | None, typer.Option(metavar="DB", help="Least signal-to-noise ratio of outputs.")
    ] = None,
    optimize: Annotated[Optimize, typer.Option(help="What is to be small.")] = Optimize.BROTLI,
    target: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only variants for this target, as tfjs.")
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME", help="Only this model.")] = None,
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.TABLE,
) -> None:
    """Name the smallest variant whose loss is shown to stay within a limit.

    Shown: the whole 95 % interval of the loss is within, not only the estimate. Exit code 1 if
    no variant of some model qualifies.
    """
    from sizewise.analysis.recommend import recommend as answer_for
    from sizewise.records import load_run

    limit = None if max_drop is None else limit_of(max_drop, "--max-drop")
    share = None if min_agreement is None else share_of(min_agreement, "--min-agreement")
    loaded = load_run(run)
    if max_drop is not None and max_drop.rstrip().endswith("pp"):
        _refuse_points(loaded, model)
    answers = answer_for(
        loaded,
        max_drop=limit,
        min_agreement=share,
        min_sqnr=min_sqnr,
        optimize=str(optimize),
        target=target,
        model=model,
    )
    match form:
        case Form.TABLE:
            from sizewise.reports.recommend import tables

            console().print(tables(answers, loaded.path))
        case Form.MARKDOWN:
            from sizewise.reports.recommend import markdown

            typer.echo(markdown(answers, loaded.path), nl=False)
        case Form.JSON:
            from sizewise.reports.recommend import as_json

            typer.echo(as_json(answers), nl=False)
    if any(answer.best is None for answer in answers):
        raise typer.Exit(NONE_QUALIFIES)


def _refuse_points(run: Run, model: str | None) -> None:
    if others := _metrics_without_points(run, model):
        raise typer.BadParameter(
            f"{others[0]} has no percentage points to lose: write a share, such as 1 %, or a "
            "number in its unit, or name one --model",
            param_hint="--max-drop",
        )


def _metrics_without_points(run: Run, model: str | None) -> list[str]:
    from sizewise.domain import SHARE_METRICS

    metrics = {
        record.metric
        for record in run.records
        if record.metric is not None and model in (None, record.model)
    }
    return sorted(metrics - SHARE_METRICS)
