"""The page of a run: what to ship, why, and everything that was measured."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from sizewise.analysis import ModelSummary, RunSummary
from sizewise.analysis.layers import ByLayer
from sizewise.analysis.recommend import Recommendation
from sizewise.domain import FORMAT_VERSION
from sizewise.domain.budget import Budget
from sizewise.reports.columns import (
    FLAG_MEANING,
    MARKS,
    WITHIN,
    columns_of_run,
    details_of,
)
from sizewise.reports.html.markup import Markup, element, joined
from sizewise.reports.html.page import chart, figure, page
from sizewise.reports.html.tuning import Shown, tuning_section
from sizewise.reports.html.tuning import explanation as tuning_explanation
from sizewise.reports.html.variants import variants
from sizewise.reports.html.verdict import verdict
from sizewise.reports.pictures import layers_caption, layers_spec, pareto_spec, parts_spec
from sizewise.reports.pictures.theme import Spec
from sizewise.reports.recommend.answer import lines
from sizewise.reports.scale import Scale
from sizewise.reports.text import (
    FLAG,
    advice,
    ending,
    failure_lines,
    flag_line,
    note_line,
    one_line,
    reference_line,
    variant_name,
)
from sizewise.units import ABSENT, format_bytes, format_factor, format_seconds

Picture: TypeAlias = tuple[str, str, Spec | None]
"""A title, what is said about the picture, and the picture, if there is anything to draw."""

_SIZE_AGAINST_LOSS = (
    "Bars: 95 % intervals. Filled: shown to be within the limit. Line: the Pareto front, "
    "where nothing is smaller and loses less."
)
_WHERE_THE_BYTES_ARE = (
    "As stored, before compression. Short line: all of it with brotli, as a server sends it. "
    "Bold: to ship."
)


def run_page(
    summary: RunSummary,
    answers: Iterable[Recommendation],
    budgets: Sequence[Budget] = (),
    *,
    layers: Mapping[str, Sequence[ByLayer]] | None = None,
    tunings: Mapping[str, Sequence[Shown]] | None = None,
) -> str:
    """The report of a run as one HTML file that needs nothing else, not even a network.

    ``answers`` are the models' recommendations by brotli size; ``budgets`` are drawn into the
    pictures of the models that they are for; ``layers`` are those of each model's artifacts to
    ship, as far as they are known. ``tunings`` are those of each model's jobs that were left to the
    tuner.
    """
    by_model = {answer.model: answer for answer in answers}
    charts: list[Spec] = []
    sections = []
    for place, model in enumerate(summary.models):
        answer = by_model[model.name]
        pictures = _pictures(model, answer, budgets, (layers or {}).get(model.name, ()))
        sections.append(_model(place, model, answer, pictures, charts))
        sections += [
            tuning_section(f"Tuning of {shown.title}", "Found", shown, charts)
            for shown in (tunings or {}).get(model.name, ())
        ]
    reading = [tuning_explanation()] if tunings else []
    after = [_explanations(summary), *reading, _environment(summary)]
    main = [*_overview(summary), *sections, *after]
    return page(f"{one_line(summary.run.suite)}: sizewise report", _header(summary), main, charts)


def _header(summary: RunSummary) -> Iterator[Markup]:
    run = summary.run
    yield element("h1", one_line(run.suite))
    facts = [f"Run {one_line(run.run_id)}", f"{run.started:%d %B %Y, %H:%M} UTC"]
    if run.finished is not None:
        facts.append(format_seconds((run.finished - run.started).total_seconds()))
    without = len(summary.failures)
    facts.append(f"{len(run.job_ids)} jobs" + (f", {without} without figures" if without else ""))
    yield element("p", " · ".join(facts), class_="facts")
    for line in ending(summary):
        yield element("p", line, class_="lacks")


def _overview(summary: RunSummary) -> Iterator[Markup]:
    """What to ship of each model; nothing to add for one model alone."""
    if len(summary.models) < 2:
        return
    names = ("model", "ship", "brotli", "times smaller", "drop [95 %]")
    head = element(
        "tr",
        *(element("th", name, scope="col", class_="number" if place > 1 else None)
          for place, name in enumerate(names)),
    )  # fmt: skip
    rows = [_overview_row(place, model) for place, model in enumerate(summary.models)]
    table = element("table", element("thead", head), element("tbody", *rows))
    yield element(
        "section",
        element("h2", "What to ship"),
        element("div", table, class_="scroll"),
        class_="sheet overview",
    )


def _overview_row(place: int, model: ModelSummary) -> Markup:
    name = element("a", one_line(model.name), href=f"#model-{place}")
    head = element("th", name, scope="row")
    row = model.smallest
    if row is None:
        cell = element("td", "nothing to recommend", class_="muted", colspan="4")
        return element("tr", head, cell)
    record, scale = row.record, Scale.of_model(model)
    return element(
        "tr",
        head,
        element("td", variant_name(record), class_="job"),
        element("td", format_bytes(record.size_brotli_bytes), class_="number"),
        element("td", _times(row.times_smaller), class_="number"),
        element("td", f"{scale.drop(record)} {scale.drop_unit}".strip(), class_="number"),
    )


def _times(factor: float | None) -> str:
    return ABSENT if factor is None else f"{format_factor(factor)}×"


def _model(
    place: int,
    model: ModelSummary,
    answer: Recommendation,
    pictures: Iterable[Picture],
    charts: list[Spec],
) -> Markup:
    where = ", ".join(
        f"{target.target} in {' and '.join(target.runtimes)}"
        for target in model.targets
        if target.runtimes
    )
    facts = f"{reference_line(model)}." + (f" Run: {where}." if where else "")
    return element(
        "section",
        element("h2", one_line(model.name)),
        element("p", one_line(facts), class_="facts"),
        verdict(model, answer),
        *_evidence(answer),
        *_figures(model, pictures, charts),
        *_list("Failures", "lacks", failure_lines(model)),
        variants(model),
        *_list("Flags", "lacks", (flag_line(flag, jobs) for flag, jobs in model.flags.items())),
        *_list("Notes", "", (note_line(note, jobs) for note, jobs in model.notes.items())),
        class_="sheet model",
        id=f"model-{place}",
    )


def _evidence(answer: Recommendation) -> Iterator[Markup]:
    """What comes next to the answer. What failed is listed on its own."""
    _, *others = lines(dataclasses.replace(answer, left_out=()), Path())
    if others:
        items = [element("li", one_line(line)) for line in others]
        yield element(
            "details",
            element("summary", "Runner-up, and what the next smaller one would cost"),
            element("ul", *items, class_="plain"),
        )


def _pictures(
    model: ModelSummary,
    answer: Recommendation,
    budgets: Sequence[Budget],
    layers: Sequence[ByLayer],
) -> Iterator[Picture]:
    yield "Size against loss", _SIZE_AGAINST_LOSS, pareto_spec(model, answer, budgets)
    yield "Where the bytes are", _WHERE_THE_BYTES_ARE, parts_spec(model)
    for found in layers:
        title = f"Where the bytes are, by layer: {variant_name(found.record)}"
        yield title, layers_caption(found), layers_spec(found)


def _figures(
    model: ModelSummary, pictures: Iterable[Picture], charts: list[Spec]
) -> Iterator[Markup]:
    found = []
    for title, text, spec in pictures:
        if spec is not None:
            label = f"{title} of {one_line(model.name)}; the table below has the figures"
            found.append(figure([element("strong", title), text], chart(len(charts), label)))
            charts.append(spec)
    if found:
        yield element("div", *found, class_="charts" if len(found) > 1 else None)


def _list(title: str, class_: str, items: Iterable[str]) -> Iterator[Markup]:
    found = [element("li", one_line(item)) for item in items]
    if found:
        yield element(
            "div", element("h3", title), element("ul", *found, class_=f"plain {class_}".strip())
        )


def _explanations(summary: RunSummary) -> Markup:
    details = dict.fromkeys(column for model in summary.models for column in details_of(model))
    columns = [(c.name, c.meaning) for c in (*columns_of_run(summary), *details)]
    signs = [*MARKS.items(), *([(FLAG, FLAG_MEANING)] if summary.has_flags else [])]
    return element(
        "section",
        element("h2", "How to read this"),
        element("div", _terms(columns), _terms(signs), class_="columns"),
        element("p", f"{WITHIN[0].upper()}{WITHIN[1:]}.", class_="note"),
        *(element("p", text, class_="note") for text in advice(summary)),
        class_="sheet model",
    )


def _environment(summary: RunSummary) -> Markup:
    run = summary.run
    entries = {
        "sizewise": run.sizewise,
        "format": FORMAT_VERSION,
        "started": run.started.isoformat(timespec="seconds"),
        **run.environment,
        "fingerprint": run.fingerprint,
    }
    terms = _terms((one_line(str(name)), one_line(str(text))) for name, text in entries.items())
    return element("section", element("h2", "Environment"), terms, class_="sheet model environment")


def _terms(pairs: Iterable[tuple[str, str]]) -> Markup:
    return element(
        "dl",
        joined(joined([element("dt", name), element("dd", text)]) for name, text in pairs),
        class_="terms",
    )
