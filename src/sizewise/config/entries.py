"""The keys of a model: its source, its data, and the options of its conversions."""

from __future__ import annotations

import json
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Discriminator, Field, model_validator

from sizewise.config.keys import Shape
from sizewise.config.values import (
    MAPPING,
    TEXT,
    Application,
    ByteSize,
    Count,
    ImageShape,
    KerasVersion,
    LimitText,
    Metric,
    Number,
    Patterns,
    Seed,
    Switch,
    WeightsName,
    refuse,
    text_or_mapping,
)
from sizewise.domain import METRICS

Names = Patterns
"""Names are written as patterns are: one text, or a list of them."""


class DataEntry(Shape):
    """Samples, and what to do with them."""

    file: str = Field(
        description="zoo:NAME, the path of an .npz with x and y, of a .csv or of a folder of "
        "images, or package.module:function"
    )
    train: str | None = Field(
        default=None,
        min_length=1,
        description="samples to fine-tune on: a path of the same kind as 'file'",
    )
    limit: Count | None = Field(
        default=None, description="how many samples to draw at random; all if left out"
    )
    seed: Seed = Field(default=0, description="of the random draw")
    scale: Number = Field(
        default=1.0, description="what inputs are multiplied by, such as 0.00392156862745098"
    )
    offset: Number = Field(default=0.0, description="what is then added to inputs, such as -1")
    label: str | None = Field(
        default=None, min_length=1, description="the column of a .csv with the labels; 'label'"
    )


class SourceEntry(Shape):
    """A source with what has to be known to open it: ``file``, ``url`` or ``application``."""

    file: str | None = Field(default=None, description="a path, as a source without a mapping")
    url: str | None = Field(
        default=None, description="https://... of a model file or of a .zip, .tar.gz or .tgz"
    )
    application: Application | None = Field(
        default=None, description="a network of keras.applications, such as MobileNetV2"
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
    weights: WeightsName | None = Field(
        default=None,
        description="of the application: imagenet, which Keras downloads, or random; imagenet if "
        "left out",
    )
    input_shape: ImageShape | None = Field(
        default=None,
        description="of the application: [height, width, channels]; its own if left out",
    )
    keras: KerasVersion | None = Field(
        default=None, description="2 or 3: the tf.keras of the code, or of the application (2)"
    )

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        named = [each for each in (self.file, self.url, self.application) if each is not None]
        if len(named) != 1:
            raise refuse(
                "a source has one of 'file', 'url' and 'application'",
                "write {file: model.pb, outputs: [NAME]}, {url: https://..., sha256: ...} or "
                "{application: MobileNetV2}",
            )
        if self.sha256 is not None and self.url is None:
            raise refuse("sha256 belongs to a URL", "leave it out")
        if self.application is None:
            for key, value in (("weights", self.weights), ("input-shape", self.input_shape)):
                if value is not None:
                    raise refuse(f"{key} belongs to an application", "leave it out")
        elif self.outputs or self.inputs or self.tags:
            raise refuse("an application takes no inputs, outputs or tags", "leave them out")
        return self


def _jsonable(metadata: dict[str, Any]) -> dict[str, Any]:
    try:
        json.dumps(metadata, allow_nan=False)
    except ValueError as error:
        raise refuse("the metadata has a number that JSON cannot hold", "leave it out") from error
    return metadata


class OptionsEntry(Shape):
    """What converters are told besides the encoding."""

    weight_shard_size: ByteSize | None = Field(
        default=None, description="the largest weight file of TF.js, such as 4 MiB"
    )
    metadata: Annotated[dict[str, Any], AfterValidator(_jsonable)] | None = Field(
        default=None, description="what model.json keeps as userDefinedMetadata"
    )
    structured_outputs: Switch | None = Field(
        default=None, description="predict of TF.js gives outputs by their names"
    )
    skip_op_check: Switch | None = Field(
        default=None, description="ops that TF.js does not know pass"
    )
    strip_debug_ops: Switch | None = Field(
        default=None,
        description="assertions, prints and checks of numerics are left out of "
        "TF.js; true if left out",
    )
    control_flow_v2: Switch | None = Field(
        default=None, description="loops and branches stay functions in TF.js"
    )
    select_tf_ops: Switch | None = Field(
        default=None, description="TFLite may use TensorFlow's kernels where it has none"
    )

    @property
    def given(self) -> dict[str, Any]:
        """The options that were written, by the names of ``domain.ConversionOptions``."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        size = values.pop("weight_shard_size")
        given = {name: value for name, value in values.items() if value is not None}
        return given if size is None else {"weight_shard_bytes": size, **given}


class ModelEntry(Shape):
    """What to open, and what to judge it on."""

    source: Annotated[
        Annotated[str, TEXT] | Annotated[SourceEntry, MAPPING], Discriminator(text_or_mapping)
    ] = Field(
        description="zoo:NAME, a SavedModel or TF.js folder, a .keras, .h5, .hdf5, .tflite or "
        "model.json file, package.module:function, {file: model.pb, outputs: [NAME]}, "
        "{url: https://..., sha256: ...}, or {application: MobileNetV2}; paths are relative to "
        "the suite's folder"
    )
    signature: str | None = Field(
        default=None, min_length=1, description="of the model, such as serving_default"
    )
    data: (
        Annotated[
            Annotated[str, TEXT] | Annotated[DataEntry, MAPPING], Discriminator(text_or_mapping)
        ]
        | None
    ) = Field(
        default=None,
        description="zoo:NAME, the path of an .npz with x and y, of a .csv or of a folder of "
        "images, package.module:function, or {file, train, limit, seed, scale, offset, label}; "
        "random inputs if left out",
    )
    metric: Metric | None = Field(
        default=None,
        description="one of " + ", ".join(METRICS) + ", or package.module:function of outputs "
        "and labels; without it only the drift of the outputs is measured",
    )
    max_drop: LimitText | None = Field(
        default=None, description="how much of the metric may be lost; the suite's if left out"
    )
    keras: KerasVersion | None = Field(
        default=None, description="2 or 3: what tf.keras is for a source that is code"
    )
    options: OptionsEntry | None = Field(
        default=None, description="of its conversions; they come before the suite's"
    )
    custom_ops: Names = Field(
        default_factory=list, description="ops that TF.js lacks and custom-ops-module registers"
    )
    custom_ops_module: str | None = Field(
        default=None,
        min_length=1,
        description="a JavaScript module that registers them, such as my_ops.mjs",
    )
