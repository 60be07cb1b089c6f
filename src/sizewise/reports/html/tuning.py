"""What came of a tuning: the answer, every trial, and how each weight is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sizewise.analysis.standing import Criterion
from sizewise.analysis.tuning import TuningView
from sizewise.reports.html.markup import Markup, element
from sizewise.reports.html.page import chart, figure, page
from sizewise.reports.html.trials import trials_table
from sizewise.reports.html.verdict import tile
from sizewise.reports.html.weights import options_table, panels
from sizewise.reports.pictures import choices_caption, choices_spec, trials_spec
from sizewise.reports.pictures.theme import Spec
from sizewise.reports.scale import Scale
from sizewise.reports.text import one_line
from sizewise.reports.tuning import lines
from sizewise.reports.tuning.trials import EXPLANATION, answer
from sizewise.tune import ALL, Trial, size_of
from sizewise.units import format_bytes

_TITLES = {
    Criterion.DROP: "Size against loss of metric",
    Criterion.AGREEMENT: "Size against disagreement",
    Criterion.SQNR: "Size against noise",
}
_TRIALS = (
    "Every trial: upstream's encodings and verified mixes on test samples, searched ones on search "
    "samples. Filled: keeps the budget. Bars: 95 % intervals on test samples. Line: the Pareto "
    "front of what was judged there, where nothing is smaller and loses less."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A tuning with a title, and its best mix as a suite writes it, in YAML."""

    title: str
    view: TuningView
    entry: str


def tuning_page(shown: Shown) -> str:
    """The report of a tuning as one HTML file that needs nothing else, not even a network."""
    charts: list[Spec] = []
    main = [tuning_section("What to ship", "Ship", shown, charts), explanation()]
    tuned = shown.view.outcome.tuned
    facts = [f"{len(tuned.trials)} trials"]
    facts += [f"{count} samples to {name}" for name, count in tuned.split.items()]
    header = [
        element("h1", f"{one_line(shown.title)}, tuned"),
        element("p", " · ".join(facts), class_="facts"),
    ]
    return page(f"{one_line(shown.title)}: sizewise tune", header, main, charts)


def tuning_section(heading: str, word: str, shown: Shown, charts: list[Spec]) -> Markup:
    """All that there is to see of a tuning; its pictures are added to ``charts``.

    ``word`` stands before the best mix: ``Ship`` where nothing else is chosen from.
    """
    view = shown.view
    tuned = view.outcome.tuned
    return element(
        "section",
        element("h2", one_line(heading)),
        _verdict(view, word),
        *(element("p", f"Note: {one_line(note)}.", class_="facts") for note in tuned.notes),
        *_trials(shown, charts),
        *_choices(shown, charts),
        *_weights(shown, charts),
        trials_table(view),
        _entry(shown),
        class_="sheet model",
    )


def _verdict(view: TuningView, word: str) -> Markup:
    tuned = view.outcome.tuned
    first, *others = answer(tuned, view.outcome.metric)
    text = element(
        "div",
        element("p", f"{word} ", *_name(tuned.best), class_="ship"),
        *(element("p", f"{line}.", class_="why") for line in (first, *others)),
    )
    return element(
        "div", text, element("dl", *_tiles(view), class_="tiles"), class_="verdict stacked"
    )


def _name(trial: Trial) -> Iterator[str]:
    """``uint8``, or ``trial 11: a mix of 3 encodings``."""
    names = list(dict.fromkeys(trial.encodings.values()))
    if ALL not in trial.encodings:
        yield f"trial {trial.number}: "
    if len(names) > 1:
        yield f"a mix of {len(names)} encodings"
    else:
        yield element("code", one_line(names[0]))


def _tiles(view: TuningView) -> Iterator[Markup]:
    tuned, metric = view.outcome.tuned, view.outcome.metric
    best, plain = tuned.best, tuned.upstream
    yield tile(str(tuned.goal), format_bytes(size_of(best, tuned.goal)))
    if best.number != plain.number:
        named = one_line(plain.encodings[ALL])
        yield tile(f"less than {named}, upstream's best", f"{view.saved_of_upstream:.0%}")
    yield tile("less than float32", f"{view.saved_of_baseline:.0%}")
    if best.figures.drop is not None:
        scale = Scale.of(metric, best.figures.metric, best.figures.samples)
        value, small = _parted(lines.drop_text(best.figures, scale), scale.drop_unit)
        yield tile(f"drop of {scale.metric}, 95 % interval", value, small)
    if best.figures.agreement is not None:
        value, small = _parted(lines.agreement_text(best.figures), "%")
        yield tile("agreement, 95 % interval", value, small)
    yield tile("signal to noise", f"{lines.sqnr(best.figures)} dB")


def _parted(text: str, unit: str) -> tuple[str, str]:
    """``+0.1 [−0.5, +0.8] pp`` as ``+0.1 pp`` and `` [−0.5, +0.8]``."""
    figure_, *interval = text.removesuffix(unit).rstrip().split(" ", 1)
    return f"{figure_} {unit}".rstrip(), " ".join(["", *interval])


def _trials(shown: Shown, charts: list[Spec]) -> Iterator[Markup]:
    found = []
    for criterion in Criterion:
        spec = trials_spec(shown.view, criterion)
        if spec is not None:
            found.append(_figure(_TITLES[criterion], "", spec, shown, charts))
    yield element(
        "div",
        element("h3", "All trials as pictures"),
        element("p", _TRIALS, class_="facts small"),
        element("div", *found, class_="panels"),
    )


def _choices(shown: Shown, charts: list[Spec]) -> Iterator[Markup]:
    view = shown.view
    goal = str(view.outcome.tuned.goal)
    spec = choices_spec(view.weights, goal)
    if spec is not None:
        caption = choices_caption(view.weights, goal)
        yield _figure("How each weight is stored", caption, spec, shown, charts)


def _weights(shown: Shown, charts: list[Spec]) -> Iterator[Markup]:
    view = shown.view
    found = view.outcome.tuned.sensitivity
    if found is None or not view.weights:
        return
    goal, metric = str(view.outcome.tuned.goal), view.outcome.metric
    yield panels(view.weights, goal, found.samples, charts)
    yield element(
        "details",
        element("summary", "Each weight in each encoding, as a table"),
        options_table(view.weights, goal, metric),
    )


def _figure(title: str, caption: str, spec: Spec, shown: Shown, charts: list[Spec]) -> Markup:
    label = f"{title} of {one_line(shown.title)}; the tables below have the figures"
    charts.append(spec)
    return figure([element("strong", title), caption], chart(len(charts) - 1, label))


def _entry(shown: Shown) -> Markup:
    return element(
        "div",
        element("h3", "As an encoding of a suite"),
        element("pre", element("code", shown.entry.rstrip())),
    )


def explanation() -> Markup:
    """What the samples and the sizes are."""
    return element(
        "section",
        element("h2", "How to read a tuning"),
        element("p", EXPLANATION, class_="note"),
        class_="sheet model",
    )
