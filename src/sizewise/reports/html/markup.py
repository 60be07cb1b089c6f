"""HTML that cannot be broken by what it shows: whatever is no markup yet is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape

_VOID = frozenset({"input", "meta"})
"""Elements without content, and so without an end."""
_JSON_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


class Markup(str):
    """Text that is HTML already; any other string is shown as it is."""

    __slots__ = ()


def element(name: str, /, *content: str, **attributes: str | bool | None) -> Markup:
    """``<name attribute="...">content</name>``.

    ``class_`` and ``for_`` are the attributes without the line, other lines are hyphens. An
    attribute that is True stands without a value; one that is False or None is left out.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(content)}</{name}>")


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """The parts one after the other, those that are no markup escaped."""
    separator = between if isinstance(between, Markup) else escape(between)
    return Markup(
        separator.join(part if isinstance(part, Markup) else escape(part) for part in parts)
    )


def data_script(value: object, *, id_: str) -> Markup:
    """Strict JSON for scripts to read: no name in it can end the element or open a comment.

    Raises ValueError for NaN and infinity.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    body = text.translate(_JSON_ESCAPES)
    return Markup(f'<script type="application/json" id="{escape(id_)}">{body}</script>')
