"""What came of a tuning: the answer, the Pareto front, and every trial."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sizewise.analysis.pareto import place
from sizewise.domain import SHARE_METRICS
from sizewise.domain.tuning import Evidence
from sizewise.reports.markdown import escaped
from sizewise.reports.text import one_line
from sizewise.reports.tuning import lines
from sizewise.tune import Phase, Trial, Tuned, size_of
from sizewise.units import format_bytes

HEADINGS = ("#", "on", "encodings", "weights", "brotli", "drop", "agreement", "SQNR dB", "budget")
_NUMERIC = 3
_EVIDENCE = {
    Evidence.SHOWN: "shown by 95 % intervals to keep",
    Evidence.ESTIMATED: "which by its estimates, though not by their intervals, keeps",
}
_PHASES = {Phase.REFERENCE: "test", Phase.SEARCH: "search", Phase.VERIFY: "test"}


@dataclass(frozen=True, slots=True)
class _Unit:
    """In what a drop of the metric is given."""

    factor: float
    name: str
    decimals: int


def tables(tuned: Tuned, metric: str | None) -> RenderableType:
    """The trials of the Pareto front, then the answer."""
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="")
    for at, heading in enumerate(HEADINGS):
        drawn.add_column(heading, justify="right" if at >= _NUMERIC else "left", overflow="fold")
    for trial in front(tuned):
        style = "bold" if trial == tuned.best else ""
        drawn.add_row(*(Text(one_line(cell)) for cell in _cells(trial, metric)), style=style)
    return Group(drawn, Text(""), *(Text(line) for line in answer(tuned, metric)))


def markdown(tuned: Tuned, metric: str | None, entry: str) -> str:
    """The whole report; ``entry`` is the encoding as a suite writes it, in YAML."""
    parts = [
        "# Tuned",
        *map(escaped, answer(tuned, metric)),
        f"```yaml\n{entry.rstrip()}\n```",
        "## Pareto front",
        _table(front(tuned), metric),
        "## All trials",
        _table(tuned.trials, metric),
        "## How to read this",
        EXPLANATION,
    ]
    return "\n\n".join(parts) + "\n"


def front(tuned: Tuned) -> tuple[Trial, ...]:
    """The trials on the test samples that no other beats in size and noise at once."""
    judged = [trial for trial in tuned.trials if trial.phase is not Phase.SEARCH]
    placed = place((trial, size_of(trial, tuned.goal), trial.figures.noise) for trial in judged)
    return tuple(each.item for each in placed if each.on_front)


EXPLANATION = (
    "Trials on search samples run in TensorFlow with the weights that the artifact decodes to, "
    "and their estimates are held against the budget. Trials on test samples run in the real "
    "runtime, and there, unless estimates were asked for as evidence, the end of the 95 % interval "
    "that stands in brackets has to keep it; SQNR has no interval, and keeps it as it is. "
    "No sample is in two of the sets for calibration, search and test. Weights are the weight "
    "files, and brotli stands for all files, each compressed on its own."
)


def answer(tuned: Tuned, metric: str | None) -> Iterator[str]:
    """What is best and how that is known, a line each, without full stops."""
    best, plain, unit = tuned.best, tuned.upstream, _unit(metric)
    proof = _EVIDENCE[tuned.evidence]
    kept = lines.kept(tuned.budget, proof, factor=unit.factor, unit=unit.name)
    size, known = size_of(best, tuned.goal), size_of(plain, tuned.goal)
    yield (
        f"Best: trial {best.number}, {format_bytes(size)} {tuned.goal}, {kept} on "
        f"{best.figures.samples} samples in {best.runtime}"
    )
    if best.number != plain.number:
        weights = 1 - best.weight_brotli / plain.weight_brotli
        yield (
            f"That is {1 - size / known:.0%} less than {plain.encodings['*']} "
            f"({format_bytes(known)}), the smallest of the upstream converter's encodings that "
            f"does; of the weight files alone, in brotli, {weights:.0%}"
        )
    else:
        yield "No mix that was tried is smaller and does: more test samples may show that one does"
    counts = ", ".join(f"{count} to {name}" for name, count in tuned.split.items())
    yield f"Samples: {counts}; none is in two of these sets"
    if not tuned.is_finished:
        yield "The time limit ended the search: the same command goes on from here"


def _table(trials: tuple[Trial, ...], metric: str | None) -> str:
    rows = (map(escaped, _cells(trial, metric)) for trial in trials)
    return lines.table(HEADINGS, rows, _NUMERIC)


def _cells(trial: Trial, metric: str | None) -> tuple[str, ...]:
    unit = _unit(metric)
    return (
        str(trial.number),
        _PHASES[trial.phase],
        lines.mix(trial.encodings),
        format_bytes(trial.weight_brotli),
        format_bytes(trial.brotli),
        lines.drop(trial.figures, factor=unit.factor, decimals=unit.decimals),
        lines.agreement(trial.figures),
        lines.sqnr(trial.figures),
        "kept" if trial.good else "not kept",
    )


def _unit(metric: str | None) -> _Unit:
    return _Unit(100.0, "pp", 2) if metric in SHARE_METRICS else _Unit(1.0, "", 4)
