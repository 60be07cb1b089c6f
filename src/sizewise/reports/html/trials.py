"""The table of a tuning's trials, to be sorted, filtered and copied."""

from __future__ import annotations

from sizewise.analysis.tuning import TuningView
from sizewise.domain.tuning import Goal
from sizewise.reports.html.markup import Markup, element
from sizewise.reports.html.sortable import heading, number, sortable
from sizewise.reports.scale import Scale
from sizewise.reports.text import one_line
from sizewise.reports.tuning import lines
from sizewise.tune import Phase, Trial, Tuned, size_of
from sizewise.units import format_bytes, format_seconds

_PHASES = {
    Phase.REFERENCE: "upstream's",
    Phase.SEARCH: "searched",
    Phase.VERIFY: "verified",
}
_SIZES = {
    Goal.BROTLI: "all files, each compressed on its own",
    Goal.RAW: "all files as stored",
}


def trials_table(view: TuningView) -> Markup:
    """All trials in the order in which they were made, the one to ship in bold."""
    tuned = view.outcome.tuned
    figures = view.baseline.figures
    scale = Scale.of(view.outcome.metric, figures.metric, figures.samples)
    return sortable(
        "All trials",
        _head(tuned, scale),
        [_row(trial, tuned, scale) for trial in tuned.trials],
        label=f"Trials of {one_line(view.outcome.model)}",
        choices={
            "trials": [_PHASES[trial.phase] for trial in tuned.trials],
            "budget": [_budget(trial) for trial in tuned.trials],
        },
        example="gptq float16",
    )


def _head(tuned: Tuned, scale: Scale) -> Markup:
    return element(
        "tr",
        heading(("#", ""), "number", "in the order in which they were made"),
        heading(("for", ""), "text", "searched on search samples, all others on test samples"),
        heading(("encodings", ""), "text", "and of how many weights each is"),
        heading(("budget", ""), "text", "whether it is kept"),
        heading((str(tuned.goal), ""), "number", _SIZES[tuned.goal]),
        heading(("weights", "brotli"), "number", "the weight files alone"),
        heading(("drop", f"{scale.drop_unit} [95 %]".strip()), "number", f"of {scale.metric}"),
        heading(("agreement", "% [95 %]"), "number", "with the original's top classes"),
        heading(("SQNR", "dB"), "number", "of the outputs"),
        heading(("took", ""), "number", "to make and judge it"),
    )


def _row(trial: Trial, tuned: Tuned, scale: Scale) -> Markup:
    figures = trial.figures
    is_best = trial.number == tuned.best.number
    drop = lines.drop_text(figures, scale).removesuffix(scale.drop_unit).rstrip()
    names = ", ".join(dict.fromkeys(trial.encodings.values()))
    agreement = lines.agreement_text(figures).removesuffix("%").rstrip()
    return element(
        "tr",
        number(str(trial.number), trial.number),
        element("td", _PHASES[trial.phase]),
        element(
            "th",
            one_line(lines.mix(trial.encodings)),
            scope="row",
            class_="mix",
            title=one_line(names),
        ),
        element("td", _budget(trial), class_="better" if trial.good else "worse"),
        number(format_bytes(size_of(trial, tuned.goal)), size_of(trial, tuned.goal)),
        number(format_bytes(trial.weight_brotli), trial.weight_brotli),
        number(drop, figures.drop),
        number(agreement, figures.agreement),
        number(lines.sqnr(figures), figures.sqnr_db),
        number(format_seconds(trial.seconds), trial.seconds),
        class_="ship" if is_best else None,
        data_trials=_PHASES[trial.phase],
        data_budget=_budget(trial),
        data_words=one_line(f"{names} {_PHASES[trial.phase]} {_budget(trial)}"),
    )


def _budget(trial: Trial) -> str:
    return "kept" if trial.good else "not kept"
