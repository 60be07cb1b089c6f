"""The keys of encodings: names, maps of patterns, roundings."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    model_validator,
)
from pydantic_core import PydanticKnownError

from sizewise.config.auto_entry import AutoEntry
from sizewise.config.encodings import (
    ROUNDED_PATTERN,
    check_sparsity,
    decode_encoding,
    is_encoding,
    rounded_encoding,
)
from sizewise.config.keys import Shape
from sizewise.config.rules import GrammarError
from sizewise.config.values import (
    MAPPING,
    TEXT,
    Levels,
    Name,
    Patterns,
    Sparsity,
    TfjsLayersName,
    TfjsName,
    TfliteName,
    known,
    refuse,
    text_or_mapping,
)
from sizewise.domain import ENCODINGS, Encoding, Rounding, Target

ROUNDED = Tag("<rounded>")
AUTO = Tag("<auto>")


def _rounded_key(key: str) -> str:
    try:
        is_rounded = decode_encoding(key, Target.TFJS).is_rounded
    except GrammarError:
        is_rounded = False
    if not is_rounded:
        raise PydanticKnownError("extra_forbidden")
    return key


RoundedKey = Annotated[str, AfterValidator(_rounded_key)]
RoundingName = Annotated[str, *known("rounding", tuple(map(str, Rounding)))]


class PatternMap(Shape):
    """An encoding with a storage type for each pattern of weight names."""

    name: Name = Field(description="the encoding's name in job ids")
    float32: Patterns = Field(default_factory=list, description="shell patterns of weight names")
    float16: Patterns = Field(default_factory=list, description="shell patterns of weight names")
    uint16: Patterns = Field(default_factory=list, description="shell patterns of weight names")
    uint8: Patterns = Field(default_factory=list, description="shell patterns of weight names")

    @property
    def encoding(self) -> Encoding:
        """The encoding, without the storage types that are not used."""
        found = {storage: getattr(self, storage) for storage in ENCODINGS[Target.TFJS]}
        found |= self.model_extra or {}
        patterns = {storage: tuple(given) for storage, given in found.items() if given}
        return Encoding(self.name, patterns)

    @model_validator(mode="after")
    def _is_useful(self) -> Self:
        if is_encoding(self.name):
            raise refuse(
                f"{self.name!r} is an encoding already", "give the map of patterns another name"
            )
        if not self.encoding.patterns:
            raise refuse(
                f"the map of patterns {self.name!r} has no pattern",
                'give float16, uint16 or uint8 a pattern, such as uint8: "*kernel*"',
            )
        return self


class RoundedPatternMap(PatternMap):
    """One whose storage types may also be such as ``uint8-gptq-l64``."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra=lambda schema: schema.update(
            additionalProperties=False,
            patternProperties={
                f"^{ROUNDED_PATTERN}$": {
                    **TypeAdapter(Patterns).json_schema(),
                    "description": "shell patterns of weight names",
                }
            },
        ),
    )
    __pydantic_extra__: dict[RoundedKey, Patterns]


class Uint8Options(Shape):
    """How weights are put onto the 256 levels of uint8."""

    rounding: RoundingName = Field(
        default=str(Rounding.NEAREST),
        description="nearest, or gptq, which makes up for each error on calibration samples",
    )
    levels: Levels | None = Field(
        default=None, description="how many levels are used, such as 64; all if left out"
    )
    sparsity: Sparsity | None = Field(
        default=None,
        description="with gptq, the share of a kernel's weights that become zero, such as 0.5",
    )


class Int8Options(Shape):
    """How weights are put onto the levels of int8."""

    rounding: RoundingName = Field(
        description="nearest, or gptq, which makes up for each error on calibration samples"
    )


def _only(value: dict[str, object], known_key: str, target: Target) -> dict[str, object]:
    """Refuse to choose the rounding of any other encoding of ``target``."""
    if others := [key for key in value if key != known_key]:
        if others[0] == "auto":
            raise refuse(f"{target} leaves no mix of encodings to choose", "auto is for tfjs")
        raise refuse(
            f"{others[0]} has no rounding to choose",
            f"of {target} {known_key} has, as {{{known_key}: {{rounding: gptq}}}}",
        )
    return value


class Uint8Entry(Shape):
    """``uint8`` of TF.js, spelt out."""

    uint8: Uint8Options = Field(description="such as {rounding: gptq, levels: 64}")

    @model_validator(mode="before")
    @classmethod
    def _is_uint8(cls, value: dict[str, object]) -> dict[str, object]:
        return _only(value, "uint8", Target.TFJS)

    @model_validator(mode="after")
    def _makes_up_for_zeros(self) -> Self:
        if self.uint8.sparsity is not None:
            try:
                check_sparsity("uint8", self.uint8.sparsity, Rounding(self.uint8.rounding))
            except GrammarError as error:
                raise refuse(*error.args) from error
        return self

    @property
    def encoding(self) -> Encoding:
        """The encoding that it stands for."""
        told = self.uint8
        return rounded_encoding("uint8", Rounding(told.rounding), told.levels, told.sparsity)


class Int8Entry(Shape):
    """``int8`` of TFLite, spelt out."""

    int8: Int8Options = Field(description="such as {rounding: gptq}")

    @model_validator(mode="before")
    @classmethod
    def _is_int8(cls, value: dict[str, object]) -> dict[str, object]:
        return _only(value, "int8", Target.TFLITE)

    @property
    def encoding(self) -> Encoding:
        """The encoding that it stands for."""
        return rounded_encoding("int8", Rounding(self.int8.rounding), None)


def _of_tfjs(value: object) -> str | None:
    is_auto = isinstance(value, dict) and "auto" in value
    return AUTO.tag if is_auto else _name_map_or_rounded(value)


def _name_map_or_rounded(value: object) -> str | None:
    is_rounded = isinstance(value, dict) and any(isinstance(each, dict) for each in value.values())
    return ROUNDED.tag if is_rounded else text_or_mapping(value)


def _name_or_rounded(value: object) -> str | None:
    tag = _name_map_or_rounded(value)
    return TEXT.tag if tag == MAPPING.tag else tag


TfjsEncoding = Annotated[
    Annotated[TfjsName, TEXT]
    | Annotated[RoundedPatternMap, MAPPING]
    | Annotated[Uint8Entry, ROUNDED]
    | Annotated[AutoEntry, AUTO],
    Discriminator(_of_tfjs),
]
TfjsLayersEncoding = Annotated[
    Annotated[TfjsLayersName, TEXT] | Annotated[PatternMap, MAPPING],
    Discriminator(text_or_mapping),
]
TfliteEncoding = Annotated[
    Annotated[TfliteName, TEXT] | Annotated[Int8Entry, ROUNDED], Discriminator(_name_or_rounded)
]


class EncodingLists(Shape):
    """The encodings of each target, in the order of the report's rows."""

    tfjs: list[TfjsEncoding] = Field(
        default_factory=list, min_length=1, description="of TensorFlow.js graph models"
    )
    tfjs_layers: list[TfjsLayersEncoding] = Field(
        default_factory=list,
        min_length=1,
        description="of TensorFlow.js layers models, which only Keras models have",
    )
    tflite: list[TfliteEncoding] = Field(
        default_factory=list, min_length=1, description="of TFLite files"
    )

    def of(self, target: Target) -> tuple[Encoding, ...]:
        """The encodings of one target."""
        entries: dict[Target, list[Any]] = {
            Target.TFJS: self.tfjs,
            Target.TFJS_LAYERS: self.tfjs_layers,
            Target.TFLITE: self.tflite,
        }
        return tuple(
            decode_encoding(entry, target) if isinstance(entry, str) else entry.encoding
            for entry in entries[target]
        )
