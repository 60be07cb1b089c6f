"""How mistakes are gathered and worded: each with its line, what was wrong, what would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from sizewise.config.document import Document, KeyPath
from sizewise.errors import SuiteError, did_you_mean

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

P = ParamSpec("P")
T = TypeVar("T")

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "union_tag_not_found": "text or a mapping",
    "transform_type": "text, a mapping or a list",
}


class Mistakes:
    """Gathers errors, so that one message can tell them all."""

    def __init__(self) -> None:
        self._errors: list[SuiteError] = []

    def add(self, error: SuiteError) -> None:
        """Keep ``error`` for later."""
        self._errors.append(error)

    def attempt(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """What ``function`` returns; None if it raised a SuiteError, which is kept."""
        try:
            return function(*args, **kwargs)
        except SuiteError as error:
            self.add(error)
            return None

    def raise_if_any(self) -> None:
        """Raise one SuiteError that lists them all, one a line; nothing if there is none."""
        if not self._errors:
            return
        first, *others = self._errors
        if not others:
            raise first
        lines = [f"{first.message}; {first.advice}" if first.advice else first.message]
        raise SuiteError("\n".join([*lines, *map(str, others)]), where=first.where)


def shape_mistakes(
    error: ValidationError, document: Document, schema: Mapping[str, Any]
) -> list[SuiteError]:
    """Each of pydantic's errors in the words of a suite's author, in the order of the file.

    ``schema`` is the JSON schema of the suite: it tells which keys are known at a place.
    """
    errors = [
        (document.path_of(details["loc"]), details) for details in error.errors(include_url=False)
    ]
    misspelt = {
        (*path[:-1], nearest)
        for path, details in errors
        if details["type"] == "extra_forbidden"
        for nearest in get_close_matches(str(path[-1]), _properties(schema, path[:-1]), n=1)
    }
    mistakes = []
    for path, details in sorted(errors, key=lambda each: document.lines[each[0]]):
        if details["type"] == "missing" and (*path, details["loc"][-1]) in misspelt:
            continue  # it is there, under another name
        message, advice = _explain(details, path, schema)
        mistakes.append(SuiteError(message, where=document.at(path), advice=advice))
    return mistakes


def _explain(
    details: ErrorDetails, path: KeyPath, schema: Mapping[str, Any]
) -> tuple[str, str | None]:
    kind = details["type"]
    if kind == "refused":
        context = details["ctx"]
        return context["message"], context["advice"]
    if kind == "extra_forbidden":
        key, known = str(path[-1]), _properties(schema, path[:-1])
        return f"unknown key {key!r} in {_place(path[:-1])}", did_you_mean(key, known)
    if kind == "missing":
        key = str(details["loc"][-1])
        description = _properties(schema, path)[key]["description"]
        return f"{_place(path)} has no {key!r}", f"it is {description}"
    return _explain_value(details, _place(path))


def _explain_value(details: ErrorDetails, place: str) -> tuple[str, str | None]:
    kind, given = details["type"], details["input"]
    if given is None:
        return f"{place} has no value", None
    if kind in ("too_short", "string_too_short"):
        return f"{place} is empty", None
    if kind in _EXPECTED:
        return f"{place} is {_describe(given)}, expected {_EXPECTED[kind]}", _remedy(kind, given)
    # What is left are bounds: "Input should be less than 1".
    return f"{place} is {given}, it {details['msg'].removeprefix('Input ')}", None


def _remedy(kind: str, given: object) -> str | None:
    if kind == "list_type" and isinstance(given, str):
        return f"write [{given}]"
    if kind == "string_type" and isinstance(given, int | float):
        return "put it in quotes"
    return None


def _place(path: KeyPath) -> str:
    """A place in words: ``models.kws.data``, ``entry 2 of transforms``, ``the suite``."""
    if not path:
        return "the suite"
    if isinstance(path[-1], int):
        return f"entry {path[-1] + 1} of {_place(path[:-1])}"
    keys: list[str] = []
    for step in reversed(path):
        if isinstance(step, int):
            index = len(path) - len(keys)
            return f"{'.'.join(reversed(keys))} in {_place(path[:index])}"
        keys.append(step)
    return ".".join(reversed(keys))


def _describe(given: object) -> str:
    match given:
        case bool():
            return str(given).lower()
        case int() | float():
            return f"the number {given}"
        case str():
            return f"the text {given!r}" if len(given) <= 60 else f"the text {given[:57]!r}..."
        case list():
            return "a list"
        case _:
            return "a mapping"


def _properties(schema: Mapping[str, Any], path: KeyPath) -> dict[str, Mapping[str, Any]]:
    """The known keys of the mapping at ``path`` and their schemas."""
    nodes: list[Mapping[str, Any]] = [schema]
    for step in path:
        nodes = [
            child
            for node in nodes
            for variant in _variants(schema, node)
            if (child := _child(variant, step)) is not None
        ]
    return {
        key: value
        for node in nodes
        for variant in _variants(schema, node)
        for key, value in variant.get("properties", {}).items()
    }


def _child(schema: Mapping[str, Any], step: str | int) -> Mapping[str, Any] | None:
    if isinstance(step, int):
        child = schema.get("items")
    else:
        child = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    return child if isinstance(child, Mapping) else None


def _variants(root: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """``node`` without references and alternatives: the plain schemas that it stands for."""
    if "$ref" in node:
        yield from _variants(root, root["$defs"][node["$ref"].rpartition("/")[2]])
        return
    alternatives: Sequence[Mapping[str, Any]] = node.get("oneOf", node.get("anyOf", ()))
    if not alternatives:
        yield node
    for alternative in alternatives:
        yield from _variants(root, alternative)
