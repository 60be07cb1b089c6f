"""What each weight can be stored as, and what that alone does to the outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sizewise.analysis.tuning import Option, Weight
from sizewise.reports.html.markup import Markup, element
from sizewise.reports.html.page import chart, figure, page
from sizewise.reports.html.sortable import heading, number, sortable
from sizewise.reports.pictures import weight_specs
from sizewise.reports.pictures.theme import Spec
from sizewise.reports.scale import Scale
from sizewise.reports.text import one_line
from sizewise.reports.tuning import lines
from sizewise.units import format_bytes

_TITLE = "What each weight can bear"


def weights_page(
    model: str,
    metric: str | None,
    weights: Sequence[Weight],
    *,
    goal: str,
    samples: int,
    maps: Mapping[str, str],
) -> str:
    """Sensitivities as one HTML file that needs nothing else, not even a network.

    ``maps`` are texts by what they are; ``samples`` is on how many the figures are.
    """
    charts: list[Spec] = []
    name = one_line(model)
    header = [
        element("h1", f"{name}, weight by weight"),
        element("p", f"{len(weights)} weights · {samples} samples · TensorFlow.js", class_="facts"),
    ]
    main = element(
        "section",
        panels(weights, goal, samples, charts),
        options_table(weights, goal, metric),
        *_maps(maps),
        class_="sheet model",
    )
    return page(f"{name}: sizewise sensitivity", header, [main], charts)


def panels(weights: Sequence[Weight], goal: str, samples: int, charts: list[Spec]) -> Markup:
    """A picture for each of the largest weights; they are added to ``charts``."""
    found = []
    specs = weight_specs(weights, goal)
    for name, size, spec in specs:
        label = f"Size of {name} against noise; the table below has the figures"
        found.append(figure([element("strong", name), size], chart(len(charts), label)))
        charts.append(spec)
    return element(
        "div",
        element("h3", _TITLE),
        element("p", panels_caption(len(specs), weights, samples), class_="facts small"),
        element("div", *found, class_="panels"),
    )


def panels_caption(shown: int, weights: Sequence[Weight], samples: int) -> str:
    """What is said about the panels."""
    named = f"The {shown} largest of {len(weights)}" if shown < len(weights) else "Each weight"
    ring = " Ring: what the mix has." if any(weight.chosen for weight in weights) else ""
    return (
        f"{named} alone in each encoding that it could have, all others exact, on {samples} "
        "samples in TensorFlow. Up is more noise, left is fewer bytes. Filled, on the line: "
        f"nothing is smaller and as exact.{ring}"
    )


def options_table(weights: Sequence[Weight], goal: str, metric: str | None) -> Markup:
    """Every weight in every encoding, to be sorted, filtered and copied."""
    scale = Scale.of(metric, None, None)
    pairs = [(weight, option) for weight in weights for option in weight.options]
    return sortable(
        "Every weight in every encoding",
        element(
            "tr",
            heading(("weight", ""), "text", "a kernel, or all weights that are none"),
            heading(("numbers", ""), "number", "how many it has"),
            heading(("encoding", ""), "text", "of this weight alone"),
            heading((goal, ""), "number", "bytes of its values"),
            heading(("saved", "of float32"), "number", "bytes less than in float32"),
            heading(("SQNR", "dB"), "number", "of the outputs"),
            heading(("agreement", "% [95 %]"), "number", "with the original's top classes"),
            heading(("drop", f"{scale.drop_unit} [95 %]".strip()), "number", f"of {scale.metric}"),
        ),
        [_row(weight, option, scale) for weight, option in pairs],
        label="Sensitivities",
        choices={"weight": [one_line(weight.label) for weight in weights]},
        example="uint8 l16",
    )


def _row(weight: Weight, option: Option, scale: Scale) -> Markup:
    figures = option.figures
    saved = format_bytes(option.saved) if option.saved >= 0 else f"−{format_bytes(-option.saved)}"
    return element(
        "tr",
        element("th", one_line(weight.label), scope="row", title=one_line(weight.name)),
        number(f"{weight.elements}", weight.elements),
        element("td", one_line(option.encoding)),
        number(format_bytes(option.size), option.size),
        number(saved, option.saved),
        number(lines.sqnr(figures), figures.sqnr_db),
        number(lines.agreement_text(figures).removesuffix("%").rstrip(), figures.agreement),
        number(
            lines.drop_text(figures, scale).removesuffix(scale.drop_unit).rstrip(), figures.drop
        ),
        class_="ship" if weight.chosen is option else None,
        data_weight=one_line(weight.label),
        data_words=one_line(f"{weight.label} {option.encoding}"),
    )


def _maps(maps: Mapping[str, str]) -> Iterator[Markup]:
    for what, text in maps.items():
        block = element("pre", element("code", text.rstrip()))
        yield element("div", element("h3", what), block)
