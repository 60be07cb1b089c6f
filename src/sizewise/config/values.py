"""The single values of a suite: how each is checked, and how the JSON schema describes it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from sizewise.config.transforms import TRANSFORM_PATTERN, decode_transform, has_exact_name
from sizewise.domain import ENCODINGS, METRICS, Prune, Target
from sizewise.errors import did_you_mean
from sizewise.units import parse_share

NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""Names of suites, models and encodings: they are parts of job ids and names of folders."""

_TARGETS = tuple(map(str, Target))


def refuse(message: str, advice: str | None = None) -> PydanticCustomError:
    """An error for a validator to raise, worded for the suite's author."""
    return PydanticCustomError("refused", "{message}", {"message": message, "advice": advice})


def _name(text: str) -> str:
    if not re.fullmatch(NAME_PATTERN, text):
        raise refuse(
            f"{text!r} cannot be a name",
            "a name has up to 64 letters, digits, dots, underscores and dashes, "
            "and starts with a letter or a digit",
        )
    return text


def _enumerated(choices: tuple[str, ...]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": list(choices)})


def _known(what: str, choices: tuple[str, ...]) -> AfterValidator:
    def check(text: str) -> str:
        if text not in choices:
            raise refuse(f"unknown {what} {text!r}", did_you_mean(text, choices))
        return text

    return AfterValidator(check)


def _transform_name(text: str) -> str:
    try:
        decode_transform(text)
    except ValueError as error:
        raise refuse(*error.args) from error
    return text


def _limit(value: object) -> str:
    """The text of a limit; numbers are written out without an exponent."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = format(Decimal(str(value)), "f") if is_number else str(value)
    try:
        parse_share(text)
    except ValueError as error:
        message, _, advice = str(error).rpartition(": ")
        raise refuse(message, advice) from error
    return text


def _encoding_of(target: Target) -> BeforeValidator:
    """Checks the name of an encoding, and that the encoding is the target's."""

    def check(value: object) -> object:
        known = ENCODINGS[target]
        if isinstance(value, dict):
            raise refuse(
                f"a map of patterns is no encoding of {target}", f"known: {', '.join(known)}"
            )
        if not isinstance(value, str) or value in known:
            return value
        others = [str(other) for other in Target if value in ENCODINGS[other]]
        if others:
            raise refuse(
                f"{value} is an encoding of {', '.join(others)}",
                f"for {target}: {', '.join(known)}",
            )
        raise refuse(f"unknown encoding {value!r} of {target}", did_you_mean(value, known))

    return BeforeValidator(check)


def _no_switch(value: object) -> object:
    if isinstance(value, bool):
        raise refuse(f"expected a number, not {str(value).lower()}")
    return value


def _nameable(sparsity: float) -> float:
    step = Prune(sparsity)
    if not has_exact_name(step):
        raise refuse(
            f"a sparsity of {sparsity} is more exact than its name, {step.name}, can tell",
            "write at most six digits",
        )
    return sparsity


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def text_or_mapping(value: object) -> str | None:
    """The tag of an entry that may be a name or a mapping; None for anything else."""
    if isinstance(value, str):
        return TEXT.tag
    return MAPPING.tag if isinstance(value, dict) else None


# The tags appear in the places that pydantic tells, so they must not look like keys.
TEXT, MAPPING = Tag("<text>"), Tag("<mapping>")

KeyName = Annotated[str, AfterValidator(_name)]
Name = Annotated[KeyName, WithJsonSchema({"type": "string", "pattern": f"^{NAME_PATTERN}$"})]
Metric = Annotated[str, _known("metric", METRICS), _enumerated(METRICS)]
TargetName = Annotated[str, _known("target", _TARGETS), _enumerated(_TARGETS)]
LimitText = Annotated[
    str,
    BeforeValidator(_limit),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number", "minimum": 0}]}),
]
TransformName = Annotated[
    str,
    AfterValidator(_transform_name),
    WithJsonSchema({"type": "string", "pattern": f"^({TRANSFORM_PATTERN})$"}),
]
TfjsName = Annotated[str, _encoding_of(Target.TFJS), _enumerated(ENCODINGS[Target.TFJS])]
TfliteName = Annotated[str, _encoding_of(Target.TFLITE), _enumerated(ENCODINGS[Target.TFLITE])]
# Bounds come first, or they are missing from the schema.
Count = Annotated[int, Field(ge=1), BeforeValidator(_no_switch)]
Seed = Annotated[int, Field(ge=0, lt=2**32), BeforeValidator(_no_switch)]
Sparsity = Annotated[
    float, Field(gt=0, lt=1), BeforeValidator(_no_switch), AfterValidator(_nameable)
]
Pattern = Annotated[str, Field(min_length=1)]
Patterns = Annotated[
    list[Pattern],
    BeforeValidator(_as_list),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
