"""Which keys a suite has, what type each value is, and the JSON schema of it all.

A key is added here, to the class of its mapping, or to those of ``entries`` (models),
``transform_entries`` and ``steps`` (transforms), ``encoding_entries`` and ``auto_entry``; its
meaning is added in ``decode``.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema
from pydantic.json_schema import GenerateJsonSchema

from sizewise.config.budgets import budgets_schema
from sizewise.config.encoding_entries import EncodingLists
from sizewise.config.entries import ModelEntry, OptionsEntry
from sizewise.config.keys import Shape
from sizewise.config.transform_entries import TransformItem
from sizewise.config.values import NAME_PATTERN, KeyName, LimitText, Name, TargetName


class SuiteFile(Shape):
    """Models, and the ways to compress and convert each of them."""

    suite: Name = Field(description="the suite's name, also of its folder of results")
    models: dict[KeyName, ModelEntry] = Field(
        min_length=1,
        description="what to compress, by name",
        json_schema_extra={"propertyNames": {"pattern": f"^{NAME_PATTERN}$"}},
    )
    transforms: list[TransformItem] = Field(
        default=["none"],
        min_length=1,
        description="changes to the weights: none, prune80, {prune: {sparsity: 0.8}}, or a list "
        "of steps that are one transform",
    )
    targets: list[TargetName] | None = Field(
        default=None, min_length=1, description="those with encodings if left out"
    )
    encodings: EncodingLists | None = Field(
        default=None,
        description="how weights are stored, such as {tfjs: [float32, uint8], tflite: [int8]}; "
        "may be left out where every model is a .tflite",
    )
    options: OptionsEntry | None = Field(
        default=None, description="of all conversions, such as {weight-shard-size: 4 MiB}"
    )
    max_drop: LimitText | None = Field(
        default=None,
        description="how much of the metric may be lost: 1 pp (percentage points), "
        "1 % (of the reference) or 0.01 (in the metric's unit); "
        "1 pp of a share, such as accuracy, and 1 % of other metrics if left out",
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
