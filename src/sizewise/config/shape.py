"""Which keys a suite has, what type each value is, and the JSON schema of it all.

A key is added here, to the class of its mapping; its meaning is added in ``decode``.
"""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, WithJsonSchema, model_validator
from pydantic.json_schema import GenerateJsonSchema

from sizewise.config.budgets import budgets_schema
from sizewise.config.values import (
    MAPPING,
    NAME_PATTERN,
    TEXT,
    Count,
    KeyName,
    LimitText,
    Metric,
    Name,
    Patterns,
    Seed,
    Sparsity,
    TargetName,
    TfjsName,
    TfliteName,
    TransformName,
    refuse,
    text_or_mapping,
)
from sizewise.domain import ENCODINGS, METRICS, Target

Names = Patterns
"""Names are written as patterns are: one text, or a list of them."""


class Shape(BaseModel):
    """A mapping of a suite. Keys have dashes where the attributes have underscores."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        defer_build=True,
        alias_generator=lambda name: name.replace("_", "-"),
    )


class DataEntry(Shape):
    """Samples, and how many of them to draw."""

    file: str = Field(description="zoo:NAME, or the path of an .npz with x and y")
    limit: Count | None = Field(
        default=None, description="how many samples to draw at random; all if left out"
    )
    seed: Seed = Field(default=0, description="of the random draw")


class SourceEntry(Shape):
    """A source with what has to be known to open it; either ``file`` or ``url``."""

    file: str | None = Field(default=None, description="a path, as a source without a mapping")
    url: str | None = Field(
        default=None, description="https://... of a model file or of a .zip, .tar.gz or .tgz"
    )
    sha256: str | None = Field(
        default=None, description="of the file behind the URL: 64 hexadecimal digits"
    )
    outputs: Names = Field(
        default_factory=list, description="nodes of a frozen .pb, such as [Softmax]"
    )
    inputs: Names = Field(
        default_factory=list, description="nodes of a frozen .pb; its placeholders if left out"
    )
    tags: Names = Field(default_factory=list, description="of the SavedModel, such as [serve]")

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        if (self.file is None) == (self.url is None):
            raise refuse(
                "a source has either 'file' or 'url'",
                "write {file: model.pb, outputs: [NAME]} or {url: https://..., sha256: ...}",
            )
        if self.sha256 is not None and self.url is None:
            raise refuse("sha256 belongs to a URL", "leave it out")
        return self


class ModelEntry(Shape):
    """What to open, and what to judge it on."""

    source: Annotated[
        Annotated[str, TEXT] | Annotated[SourceEntry, MAPPING], Discriminator(text_or_mapping)
    ] = Field(
        description="zoo:NAME, a SavedModel or TF.js folder, a .keras, .h5, .hdf5, .tflite or "
        "model.json file, package.module:function, {file: model.pb, outputs: [NAME]}, or "
        "{url: https://..., sha256: ...}; paths are relative to the suite's folder"
    )
    signature: str | None = Field(
        default=None, min_length=1, description="of the model, such as serving_default"
    )
    data: Annotated[
        Annotated[str, TEXT] | Annotated[DataEntry, MAPPING], Discriminator(text_or_mapping)
    ] = Field(description="zoo:NAME, the path of an .npz with x and y, or {file, limit, seed}")
    metric: Metric = Field(description="one of " + ", ".join(METRICS))
    max_drop: LimitText | None = Field(
        default=None, description="how much of the metric may be lost; the suite's if left out"
    )
    custom_ops: Names = Field(
        default_factory=list, description="ops that TF.js lacks and custom-ops-module registers"
    )
    custom_ops_module: str | None = Field(
        default=None,
        min_length=1,
        description="a JavaScript module that registers them, such as my_ops.mjs",
    )


class PruneOptions(Shape):
    """Magnitude pruning of every kernel, each tensor on its own."""

    sparsity: Sparsity = Field(
        description="the share of each kernel that becomes zero, such as 0.8"
    )


class StepEntry(Shape):
    """A transform spelt out."""

    prune: PruneOptions = Field(description="magnitude pruning, such as {sparsity: 0.8}")


class PatternMap(Shape):
    """An encoding with a storage type for each pattern of weight names."""

    name: Name = Field(description="the encoding's name in job ids")
    float16: Patterns = Field(default_factory=list, description="shell patterns of weight names")
    uint16: Patterns = Field(default_factory=list, description="shell patterns of weight names")
    uint8: Patterns = Field(default_factory=list, description="shell patterns of weight names")

    @property
    def patterns(self) -> dict[str, tuple[str, ...]]:
        """Storage types to patterns, without the types that are not used."""
        found = {"float16": self.float16, "uint16": self.uint16, "uint8": self.uint8}
        return {storage: tuple(patterns) for storage, patterns in found.items() if patterns}

    @model_validator(mode="after")
    def _is_useful(self) -> Self:
        if self.name in ENCODINGS[Target.TFJS]:
            raise refuse(
                f"{self.name!r} is an encoding already", "give the map of patterns another name"
            )
        if not self.patterns:
            raise refuse(
                f"the map of patterns {self.name!r} has no pattern",
                'give float16, uint16 or uint8 a pattern, such as uint8: "*kernel*"',
            )
        return self


TfjsEncoding = Annotated[
    Annotated[TfjsName, TEXT] | Annotated[PatternMap, MAPPING], Discriminator(text_or_mapping)
]


class EncodingLists(Shape):
    """The encodings of each target, in the order of the report's rows."""

    tfjs: list[TfjsEncoding] = Field(
        default_factory=list, min_length=1, description="of TensorFlow.js graph models"
    )
    tfjs_layers: list[TfjsEncoding] = Field(
        default_factory=list,
        min_length=1,
        description="of TensorFlow.js layers models, which only Keras models have",
    )
    tflite: list[TfliteName] = Field(
        default_factory=list, min_length=1, description="of TFLite files"
    )


class SuiteFile(Shape):
    """Models, and the ways to compress and convert each of them."""

    suite: Name = Field(description="the suite's name, also of its folder of results")
    models: dict[KeyName, ModelEntry] = Field(
        min_length=1,
        description="what to compress, by name",
        json_schema_extra={"propertyNames": {"pattern": f"^{NAME_PATTERN}$"}},
    )
    transforms: list[
        Annotated[
            Annotated[TransformName, TEXT] | Annotated[StepEntry, MAPPING],
            Discriminator(text_or_mapping),
        ]
    ] = Field(
        default=["none"],
        min_length=1,
        description="changes to the weights: none, prune80, or {prune: {sparsity: 0.8}}",
    )
    targets: list[TargetName] | None = Field(
        default=None, min_length=1, description="those with encodings if left out"
    )
    encodings: EncodingLists = Field(
        description="how weights are stored, such as {tfjs: [float32, uint8], tflite: [int8]}"
    )
    max_drop: LimitText | None = Field(
        default=None,
        description="how much of the metric may be lost: 1 pp (percentage points), "
        "1 % (of the reference) or 0.01 (in the metric's unit); "
        "1 pp of accuracy and 1 % of other metrics if left out",
    )
    # Read on its own, with lines and advice of its own: ``config.budgets``.
    budgets: Annotated[Any, WithJsonSchema(budgets_schema())] = None


class _Untitled(GenerateJsonSchema):
    """A schema without the titles that only repeat the keys."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        return False


def suite_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a suite."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **SuiteFile.model_json_schema(schema_generator=_Untitled),
        "title": "A suite of sizewise",
    }
