"""Which keys a suite has, what type each value is, and the JSON schema of it all.

A key is added here, to the class of its mapping; its meaning is added in ``decode``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from sizewise.config.transforms import decode_transform
from sizewise.domain import ENCODINGS, METRICS, Target
from sizewise.errors import did_you_mean
from sizewise.units import parse_share

NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""Names of suites, models and encodings: they are parts of job ids and names of folders."""

StorageType = Literal["float16", "uint16", "uint8"]


def _refuse(message: str, advice: str | None = None) -> PydanticCustomError:
    return PydanticCustomError("refused", "{message}", {"message": message, "advice": advice})


def _name(text: str) -> str:
    if not re.fullmatch(NAME_PATTERN, text):
        raise _refuse(
            f"{text!r} cannot be a name",
            "a name has up to 64 letters, digits, dots, underscores and dashes, "
            "and starts with a letter or a digit",
        )
    return text


def _known(what: str, choices: tuple[str, ...]) -> AfterValidator:
    def check(text: str) -> str:
        if text not in choices:
            raise _refuse(f"unknown {what} {text!r}", did_you_mean(text, choices))
        return text

    return AfterValidator(check)


def _transform_name(text: str) -> str:
    try:
        decode_transform(text)
    except ValueError as error:
        raise _refuse(*error.args) from error
    return text


def _limit(value: object) -> str:
    """The text of a limit; numbers are written out without an exponent."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = format(Decimal(str(value)), "f") if is_number else str(value)
    try:
        parse_share(text)
    except ValueError as error:
        message, _, advice = str(error).partition(": ")
        raise _refuse(message, advice or None) from error
    return text


def _encoding_of(target: Target) -> BeforeValidator:
    """Checks the name of an encoding, and that the encoding is the target's."""

    def check(value: object) -> object:
        known = ENCODINGS[target]
        if isinstance(value, dict):
            raise _refuse(
                f"a map of patterns is no encoding of {target}", f"known: {', '.join(known)}"
            )
        if not isinstance(value, str) or value in known:
            return value
        others = [str(other) for other in Target if value in ENCODINGS[other]]
        if others:
            raise _refuse(
                f"{value} is an encoding of {', '.join(others)}", f"for {target}: {', '.join(known)}"
            )
        raise _refuse(f"unknown encoding {value!r} of {target}", did_you_mean(value, known))

    return BeforeValidator(check)


def _no_switch(value: object) -> object:
    if isinstance(value, bool):
        raise _refuse(f"expected a number, not {str(value).lower()}")
    return value


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _text_or_mapping(value: object) -> str | None:
    return {str: "text", dict: "mapping"}.get(type(value), "mapping")


Name = Annotated[str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{NAME_PATTERN}$"})]
