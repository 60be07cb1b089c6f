"""What goes to files: the pages and pictures of ``sizewise report``, and texts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sizewise.errors import RecordsError, SuiteError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sizewise.analysis import RunSummary
    from sizewise.analysis.layers import ByLayer
    from sizewise.domain.budget import Budget
    from sizewise.records import Run
    from sizewise.reports.html import Shown
    from sizewise.tuning import Sensitivities

_PAGE = "report.html"
_PICTURE = "pareto"


def tell(text: str, output: Path | None) -> None:
    """Print the text, or write it where one wants it."""
    if output is None:
        typer.echo(text, nl=False)
    else:
        write(output, text)


def write_page(run: Run, output: Path | None) -> None:
    """Write the run's page, by default into its folder, and say where."""
    from sizewise.analysis import summarise
    from sizewise.analysis.recommend import recommend
    from sizewise.reports.html import run_page

    summary = summarise(run)
    answers = recommend(run) if run.records else ()
    text = run_page(
        summary, answers, _budgets(run), layers=_layers(run, summary), tunings=_tunings(run)
    )
    write(output or run.path / _PAGE, text)


def write_pictures(run: Run, form: str, output: Path | None) -> None:
    """Write a picture for each model, by default into the run's folder, and say where.

    Raises RecordsError where there is nothing to draw.
    """
    from sizewise.analysis import summarise
    from sizewise.analysis.recommend import recommend
    from sizewise.reports.pictures import Form, draw, pictures

    summary = summarise(run)
    answers = recommend(run) if run.records else ()
    found = list(pictures(summary, answers, _budgets(run), _layers(run, summary)))
    if not found:
        raise RecordsError("nothing was measured that could be drawn", where=run.path)
    file = output or run.path / f"{_PICTURE}.{form}"
    for name, spec in found:
        alone = output is not None and len(found) == 1
        path = file if alone else file.with_name(f"{file.stem}-{name}{file.suffix}")
        write(path, draw(spec, Form(form)))


def drawn_sensitivities(found: Sensitivities, form: str) -> str | bytes:
    """Sensitivities as a page (``html``) or a picture.

    Raises RecordsError where there is nothing to draw.
    """
    from sizewise.domain.tuning import Goal

    goal, samples = str(Goal.BROTLI), found.sensitivity.samples
    if form == "html":
        from sizewise.reports.html import weights_page

        return weights_page(
            found.model, found.metric, found.weights, goal=goal, samples=samples, maps=found.maps
        )
    from sizewise.reports.pictures import Form, draw, weights_picture

    subtitle = f"Each weight alone, on {samples} samples. Up is more noise, left is fewer bytes."
    spec = weights_picture(found.weights, goal, found.model, subtitle)
    if spec is None:
        raise RecordsError(f"{found.model} has no weight with a choice that could be drawn")
    return draw(spec, Form(form))


def write(file: Path, content: str | bytes) -> None:
    """Write a file and say so. Raises RecordsError where it cannot be written."""
    from sizewise.storage import write_file

    try:
        write_file(file, content)
    except OSError as error:
        raise RecordsError(
            f"cannot write: {error.strerror or error}",
            where=file,
            advice="name another file with --output",
        ) from error
    typer.echo(f"Written: {file}", err=True)


def _layers(run: Run, summary: RunSummary) -> Mapping[str, Sequence[ByLayer]]:
    """The layers of what each model ships; none, with a word, where they cannot be read."""
    from functools import partial

    from sizewise.analysis.layers import by_layer
    from sizewise.records import tensors

    try:
        return {model.name: by_layer(model, partial(tensors, run)) for model in summary.models}
    except RecordsError as error:
        typer.echo(f"layers are not drawn: {error}", err=True)
        return {}


def _tunings(run: Run) -> Mapping[str, Sequence[Shown]]:
    """By model the tunings of its jobs; one that cannot be read is left out, with a word."""
    from sizewise.analysis.tuning import view_of
    from sizewise.config.single import yaml_of
    from sizewise.reports.html import Shown
    from sizewise.tune import encoding_of, folder_beside, load_outcome

    found: dict[str, list[Shown]] = {}
    for record in run.records:
        if record.artifact_path is None:
            continue
        try:
            outcome = load_outcome(folder_beside(run.path / record.artifact_path))
        except RecordsError as error:
            typer.echo(f"a tuning is not shown: {error}", err=True)
            continue
        if outcome is not None:
            entry = yaml_of(encoding_of(outcome.tuned.best.encodings))
            shown = Shown(record.job_id, view_of(outcome), entry)
            found.setdefault(record.model, []).append(shown)
    return found


def _budgets(run: Run) -> tuple[Budget, ...]:
    """The budgets of the run's suite; none, with a word, where they cannot be read."""
    from sizewise.config.budgets import read_budgets
    from sizewise.config.document import parse, read_text
    from sizewise.records import layout

    file = run.path / layout.SUITE
    if not file.exists():
        return ()
    try:
        document, _ = parse(read_text(file), file, os.environ)
        return read_budgets(document)
    except SuiteError as error:
        typer.echo(f"budgets are not drawn: {error}", err=True)
        return ()
