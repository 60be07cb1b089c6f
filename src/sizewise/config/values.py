"""The single values of a suite: how each is checked, and how the JSON schema describes it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    Tag,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from sizewise.config.code import CODE
from sizewise.config.encodings import ALL_LEVELS, MIN_LEVELS, decode_encoding, encoding_pattern
from sizewise.config.networks import APPLICATIONS, WEIGHTS
from sizewise.config.rules import MAX_CLUSTERS, MAX_EPOCHS, GrammarError, check_step
from sizewise.config.transforms import TRANSFORM_PATTERN, decode_transform, is_told_by_name
from sizewise.domain import ENCODINGS, METRICS, Pattern, Prune, Target, Transform
from sizewise.errors import did_you_mean
from sizewise.units import parse_bytes, parse_seconds, parse_share

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


def known(what: str, choices: tuple[str, ...]) -> tuple[AfterValidator, WithJsonSchema]:
    """Checks that a text is one of ``choices``, and lists them in the schema."""

    def check(text: str) -> str:
        if text not in choices:
            raise refuse(f"unknown {what} {text!r}", did_you_mean(text, choices))
        return text

    return AfterValidator(check), _enumerated(choices)


def _transform_name(text: str) -> str:
    try:
        decode_transform(text)
    except GrammarError as error:
        raise refuse(*error.args) from error
    return text


def _metric(text: str) -> str:
    if text not in METRICS and not CODE.fullmatch(text):
        raise refuse(f"unknown metric {text!r}", did_you_mean(text, METRICS))
    return text


def _application(text: str) -> str:
    if text not in APPLICATIONS:
        raise refuse(f"unknown network {text!r} of keras.applications", _nearest_network(text))
    return text


def _nearest_network(text: str) -> str:
    for name in APPLICATIONS:
        if name.lower() == text.lower().replace("_", "").replace("-", ""):
            return f"did you mean {name!r}?"
    advice = did_you_mean(text, APPLICATIONS)
    return advice if advice.startswith("did") else "such as MobileNetV2 or EfficientNetB0"


def _keras(value: object) -> object:
    if value not in (2, 3) or isinstance(value, bool | float):
        raise refuse(f"{value!r} is no version of Keras", "write 2 or 3")
    return value


def _image_shape(value: object) -> object:
    if isinstance(value, list) and len(value) != len(("height", "width", "channels")):
        raise refuse(
            f"{value} is no shape of an image", "write [height, width, channels], as [96, 96, 3]"
        )
    return value


def _byte_size(value: object) -> int:
    try:
        size = parse_bytes(str(value))
    except ValueError as error:
        message, _, advice = str(error).partition(": ")
        raise refuse(message, advice or None) from error
    if size < 1:
        raise refuse("a weight file of 0 bytes cannot be written", "write a size such as 4 MiB")
    return size


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


def _share(value: object) -> str:
    """The text of a share from 0 to 1."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        share, _ = parse_share(str(value)) if is_number or isinstance(value, str) else (-1.0, False)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise refuse(f"{value} is no share", "write 98 % or 0.98")
    return str(value)


def _time(value: object) -> str:
    """The text of a time."""
    try:
        parse_seconds("" if isinstance(value, bool) else str(value))
    except ValueError as error:
        raise refuse(f"{value} is no time", "write 90s, 10m or 2h") from error
    return str(value)


def _encoding_of(target: Target) -> BeforeValidator:
    """Checks the name of an encoding, and that the encoding is the target's."""

    def check(value: object) -> object:
        if isinstance(value, dict):
            raise refuse(
                f"a map of patterns is no encoding of {target}",
                f"known: {', '.join(ENCODINGS[target])}",
            )
        if isinstance(value, str):
            try:
                decode_encoding(value, target)
            except GrammarError as error:
                raise refuse(*error.args) from error
        return value

    return BeforeValidator(check)


def _encoding_schema(target: Target) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^({encoding_pattern(target)})$"})


def _no_switch(value: object) -> object:
    if isinstance(value, bool):
        raise refuse(f"expected a number, not {str(value).lower()}")
    return value


def _nameable(sparsity: float) -> float:
    step = Prune(sparsity)
    if not is_told_by_name(Transform((step,))):
        raise refuse(
            f"a sparsity of {sparsity} is more exact than a name, such as {step.name}, can tell",
            "write at most six digits",
        )
    return sparsity


def _pattern(value: object) -> Pattern:
    match = re.fullmatch(r"\s*(\d{1,5})\s*:\s*(\d{1,5})\s*", str(value), re.ASCII)
    if not isinstance(value, str) or match is None:
        raise refuse(
            f"{value!r} is no pattern", 'write N:M with whole numbers and N below M, such as "2:4"'
        )
    pattern = Pattern(int(match[1]), int(match[2]))
    try:
        check_step(Prune(pattern=pattern))
    except GrammarError as error:
        raise refuse(*error.args) from error
    return pattern


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
Metric = Annotated[
    str,
    AfterValidator(_metric),
    WithJsonSchema({"anyOf": [{"enum": list(METRICS)}, {"type": "string", "pattern": ":"}]}),
]
Application = Annotated[str, AfterValidator(_application), _enumerated(APPLICATIONS)]
WeightsName = Annotated[str, *known("weights", WEIGHTS)]
KerasVersion = Annotated[int, BeforeValidator(_keras), WithJsonSchema({"enum": [2, 3]})]
Switch = Annotated[bool, Field(strict=True)]
ImageShape = Annotated[
    list[Annotated[int, Field(ge=1)]],
    BeforeValidator(_image_shape),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "integer", "minimum": 1},
            "minItems": 3,
            "maxItems": 3,
        }
    ),
]
ByteSize = Annotated[
    int,
    BeforeValidator(_byte_size),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 1}]}),
]
TargetName = Annotated[str, *known("target", _TARGETS)]
LimitText = Annotated[
    str,
    BeforeValidator(_limit),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number", "minimum": 0}]}),
]
ShareText = Annotated[
    str,
    BeforeValidator(_share),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number", "minimum": 0, "maximum": 1}]}),
]
TimeText = Annotated[
    str,
    BeforeValidator(_time),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number", "minimum": 0}]}),
]
TransformName = Annotated[
    str,
    AfterValidator(_transform_name),
    WithJsonSchema({"type": "string", "pattern": f"^({TRANSFORM_PATTERN})$"}),
]
TfjsName = Annotated[str, _encoding_of(Target.TFJS), _encoding_schema(Target.TFJS)]
TfjsLayersName = Annotated[
    str, _encoding_of(Target.TFJS_LAYERS), _encoding_schema(Target.TFJS_LAYERS)
]
TfliteName = Annotated[str, _encoding_of(Target.TFLITE), _encoding_schema(Target.TFLITE)]
# Bounds come first, or they are missing from the schema.
Epochs = Annotated[int, Field(ge=1, le=MAX_EPOCHS), BeforeValidator(_no_switch)]
Clusters = Annotated[int, Field(ge=2, le=MAX_CLUSTERS), BeforeValidator(_no_switch)]
Levels = Annotated[int, Field(ge=MIN_LEVELS, le=ALL_LEVELS), BeforeValidator(_no_switch)]
LearningRate = Annotated[
    float, Field(gt=0, le=1000, allow_inf_nan=False), BeforeValidator(_no_switch)
]
Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_no_switch)]
Count = Annotated[int, Field(ge=1), BeforeValidator(_no_switch)]
Seed = Annotated[int, Field(ge=0, lt=2**32), BeforeValidator(_no_switch)]
Sparsity = Annotated[
    float, Field(gt=0, lt=1), BeforeValidator(_no_switch), AfterValidator(_nameable)
]
PatternText = Annotated[
    Pattern,
    PlainValidator(_pattern),
    WithJsonSchema({"type": "string", "pattern": r"^\s*[0-9]+\s*:\s*[0-9]+\s*$"}),
]
Patterns = Annotated[
    list[Annotated[str, Field(min_length=1)]],
    BeforeValidator(_as_list),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
