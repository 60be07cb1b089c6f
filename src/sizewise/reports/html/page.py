"""What every page has: its head, its style, the scripts, and what a browser may do with them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from importlib.resources import files

from sizewise.reports.html.bundle import vega_bundle
from sizewise.reports.html.markup import Markup, data_script, element, joined
from sizewise.reports.pictures import DARK, LIGHT, config
from sizewise.reports.pictures.theme import Spec

_SCRIPTS = ("theme.js", "charts.js", "table.js")


def page(
    title: str,
    header: Iterable[str],
    main: Iterable[str],
    charts: Sequence[Spec],
    *,
    scripts: Sequence[str] = (),
    data: object = None,
) -> str:
    """A whole document.

    ``charts`` are drawn into the elements that ``chart`` gives, by their places. ``scripts`` are
    more of the assets, and ``data`` is what they find in the element ``data``.
    """
    style = _colours() + _asset("page.css")
    code = "".join(_asset(name) for name in (*_SCRIPTS, *scripts))
    libraries = [vega_bundle(), f'(() => {{\n"use strict";\n{code}}})();\n']
    looks = {"light": config(LIGHT), "dark": config(DARK)}
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style, libraries)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content="sizewise"),
        element("title", title),
        element("style", Markup(style)),
    )
    body = element(
        "body",
        element("a", "Skip to the content", class_="skip", href="#content"),
        element("header", *header, _theme_switch()),
        element("main", *main, id="content"),
        element("div", id="tooltip", role="tooltip", hidden=True),
        data_script({"charts": charts, "looks": looks, "page": data}, id_="data"),
        *(element("script", Markup(library)) for library in libraries),
    )
    return joined([Markup("<!doctype html>\n"), element("html", head, body, lang="en"), "\n"])


def chart(place: int, label: str) -> Markup:
    """Where the chart with this place is drawn; ``label`` says in words what it shows."""
    return element("div", class_="chart", data_chart=str(place), role="img", aria_label=label)


def figure(caption: Iterable[str], body: Markup) -> Markup:
    """A chart with what there is to say about it."""
    return element("figure", element("figcaption", *caption), body)


def _theme_switch() -> Markup:
    return element("button", "Theme", type="button", id="theme", hidden=True)


def _colours() -> str:
    """The pictures' colours as custom properties."""
    pairs = {
        "sheet": (LIGHT.paper, DARK.paper),
        "ink": (LIGHT.ink, DARK.ink),
        "muted": (LIGHT.muted, DARK.muted),
        "line": (LIGHT.line, DARK.line),
        "accent": (LIGHT.targets[0], DARK.targets[0]),
        "good": (LIGHT.good, DARK.good),
        "bad": (LIGHT.bad, DARK.bad),
    }
    lines = (f"  --{name}: light-dark({light}, {dark});\n" for name, (light, dark) in pairs.items())
    return f":root {{\n{''.join(lines)}}}\n"


def _asset(name: str) -> str:
    return files("sizewise.reports.html").joinpath("assets", name).read_text(encoding="utf-8")


def _policy(style: str, scripts: Iterable[str]) -> str:
    """Only what is in the page may run, and nothing may be fetched."""
    allowed = " ".join(map(_digest, scripts))
    return (
        f"default-src 'none'; script-src {allowed}; style-src {_digest(style)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
