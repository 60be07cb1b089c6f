"""``sizewise sensitivity`` and ``sizewise tune``: each weight in the encoding that it can bear."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sizewise.units import parse_seconds
from sizewise.verbs.console import console
from sizewise.verbs.limits import limit_of, share_of
from sizewise.verbs.progress import telling
from sizewise.verbs.suite_file import DefineOption, definitions

if TYPE_CHECKING:
    from sizewise.config.single import Single
    from sizewise.domain import Limit
    from sizewise.tuning import Sensitivities

SENSITIVITIES = Path("results", "sensitivity")
"""Below which pages and pictures of sensitivities go."""
TIME_LIMIT = "10m"


class SensitivityFormat(StrEnum):
    """How sensitivities are written."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"
    HTML = "html"
    PNG = "png"
    SVG = "svg"


class EvidenceOption(StrEnum):
    """What has to keep the limits."""

    SHOWN = "shown"
    ESTIMATED = "estimated"


class Minimize(StrEnum):
    """What is to be small."""

    BROTLI = "brotli"
    RAW = "raw"


ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A suite (.yaml), or a source as for convert: a folder, a file, zoo:NAME, "
        "package.module:function (which runs that code).",
    ),
]
NameOption = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help="Which model of the suite.")
]
DataOption = Annotated[
    str | None,
    typer.Option(metavar="DATA", help="Samples, as a suite names them. Not with a suite."),
]
MetricOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="What labels are judged by, as accuracy. Not with a suite."),
]
SignatureOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Which one. \\[default: serving_default]")
]
TargetOption = Annotated[str, typer.Option(metavar="NAME", help="tfjs.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Of the draw of samples.")]


def sensitivity(
    model: ModelArgument,
    *,
    name: NameOption = None,
    target: TargetOption = "tfjs",
    data: DataOption = None,
    metric: MetricOption = None,
    signature: SignatureOption = None,
    sqnr: Annotated[
        float, typer.Option(metavar="DB", help="What the suggested maps are to keep, in sum.")
    ] = 40.0,
    seed: SeedOption = 0,
    define: DefineOption = None,
    form: Annotated[
        SensitivityFormat, typer.Option("--format", help="How to write it.")
    ] = SensitivityFormat.TABLE,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where to write it; by default to stdout, html, png and svg to "
            "results/sensitivity.",
        ),
    ] = None,
) -> None:
    """Show what each weight's encoding alone costs in drift and saves in bytes.

    Also maps of patterns, for a suite and for TensorFlow.js's own converter. As html it is one
    file that works offline; a picture has the largest weights.
    """
    from sizewise.tuning import sensitivities_of

    _require_tfjs(target)
    if form is SensitivityFormat.TABLE and output is not None:
        raise typer.BadParameter("a table is for the terminal", param_hint="--output")
    single = _single(model, name, define, data=data, metric=metric, signature=signature)
    with telling() as tell:
        found = sensitivities_of(single, seed, sqnr, tell)
    _show(found, form, output)


def _show(found: Sensitivities, form: SensitivityFormat, output: Path | None) -> None:
    from sizewise.reports import tuning as reports
    from sizewise.verbs import look

    measured, metric, maps = found.sensitivity, found.metric, found.maps
    match form:
        case SensitivityFormat.TABLE:
            console().print(reports.as_tables(measured, metric, maps))
        case SensitivityFormat.MARKDOWN:
            look.tell(reports.as_markdown(measured, metric, maps), output)
        case SensitivityFormat.JSON:
            look.tell(reports.as_json(measured, maps), output)
        case SensitivityFormat.HTML | SensitivityFormat.PNG | SensitivityFormat.SVG:
            file = output or SENSITIVITIES / f"{found.model}.{form}"
            look.write(file, look.drawn_sensitivities(found, form.value))


def tune(
    model: ModelArgument,
    *,
    name: NameOption = None,
    target: TargetOption = "tfjs",
    data: DataOption = None,
    metric: MetricOption = None,
    signature: SignatureOption = None,
    max_drop: Annotated[
        str | None,
        typer.Option(
            metavar="LIMIT",
            help="Loss of metric that may not be exceeded: 1 pp, 1 % (of the original) or 0.01.",
            show_default="the suite's, or 1 pp of a share, if no limit is given",
        ),
    ] = None,
    agreement: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Least agreement with the original, such as 98%."),
    ] = None,
    sqnr: Annotated[
        float | None, typer.Option(metavar="DB", help="Least signal-to-noise ratio of outputs.")
    ] = None,
    evidence: Annotated[
        EvidenceOption,
        typer.Option(help="What keeps a limit: ends of 95 % intervals, or the estimates."),
    ] = EvidenceOption.SHOWN,
    minimize: Annotated[Minimize, typer.Option(help="What is to be small.")] = Minimize.BROTLI,
    time_limit: Annotated[
        str, typer.Option(metavar="TIME", help="After which no trial begins: 90s, 10m, 2h.")
    ] = TIME_LIMIT,
    trials: Annotated[
        int, typer.Option(min=1, help="How many mixes are verified on test samples, at most.")
    ] = 8,
    seed: SeedOption = 0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where it goes. \\[default: results/tuned/MODEL]"),
    ] = None,
    define: DefineOption = None,
) -> None:
    """Find the smallest mix of encodings that is shown to keep what may be lost.

    The folder holds the artifact, the suite that makes it again, reports and every trial; the same
    command goes on where it was stopped.
    """
    from sizewise.api_tuning import DEFAULT_OUTPUT, PAGE, REPORT, tune_and_report
    from sizewise.domain.tuning import Auto, Evidence, Goal
    from sizewise.reports import tuning as reports
    from sizewise.run.tuning.task import Task

    _require_tfjs(target)
    single = _single(model, name, define, data=data, metric=metric, signature=signature)
    spec = single.spec
    limit = None if max_drop is None else _limit(max_drop, spec.metric)
    share = None if agreement is None else share_of(agreement, "--agreement")
    if limit is None and share is None and sqnr is None and spec.max_drop is None:
        raise typer.BadParameter(
            "without a metric, say what may be lost: --agreement 98% or --sqnr 30",
            param_hint="--agreement",
        )
    auto = Auto(
        limit,
        share,
        sqnr,
        Goal(minimize.value),
        _seconds(time_limit),
        trials,
        seed,
        Evidence(evidence.value),
    )
    folder = out or DEFAULT_OUTPUT / spec.name
    with telling() as tell:
        finished = tune_and_report(single, Task(spec, auto), folder, tell)
    console().print(reports.tables(finished.tuned, spec.metric))
    for file in (REPORT, PAGE):
        typer.echo(f"Written: {folder / file}", err=True)
    typer.echo(f"Artifact: {finished.artifact.folder}")
    typer.echo(f"To make it again: sizewise run {shlex.quote(str(finished.suite))}")


def _single(written: str, name: str | None, define: list[str] | None, **entry: Any) -> Single:
    from sizewise.config.single import SUITE_ENDINGS, single_model

    is_suite = written.lower().endswith(SUITE_ENDINGS)
    if not is_suite and entry["data"] is None:
        raise typer.BadParameter(
            "a model that is no suite needs samples to be judged on", param_hint="--data"
        )
    return single_model(written, model=name, define=definitions(define), **entry)


def _require_tfjs(target: str) -> None:
    from sizewise.config.argument import known_word
    from sizewise.domain import Target
    from sizewise.errors import RequestError

    known_word(target, [each.value for each in Target], "target")
    if target != Target.TFJS:
        raise RequestError(
            f"{target} stores all weights of a model in one way: there is no mix to look for",
            advice="choose among its encodings with a suite and sizewise recommend",
        )


def _limit(text: str, metric: str | None) -> Limit:
    from sizewise.domain import SHARE_METRICS

    limit = limit_of(text, "--max-drop")
    if text.rstrip().endswith("pp") and metric not in SHARE_METRICS:
        raise typer.BadParameter(
            f"{metric or 'a model without a metric'} has no percentage points to lose",
            param_hint="--max-drop",
        )
    return limit


def _seconds(text: str) -> float:
    try:
        return parse_seconds(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--time-limit") from error
