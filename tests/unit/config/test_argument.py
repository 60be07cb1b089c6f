from __future__ import annotations

import pytest

from sizewise.config.argument import source_argument
from sizewise.domain import SourceKind
from sizewise.errors import RequestError, SourceError


@pytest.mark.parametrize(("library", "keras"), [("keras", 3), ("tf_keras", 2)])
def test_an_application_is_named_as_in_python(library, keras):
    source = source_argument(f"{library}.applications:MobileNetV2")
    assert (source.kind, source.location) == (SourceKind.APPLICATION, "MobileNetV2")
    assert (source.weights, source.keras, source.input_shape) == ("imagenet", keras, None)


def test_code_of_another_module_is_code():
    assert source_argument("applications:MobileNetV2").kind is SourceKind.CODE
    assert source_argument("my.keras.applications:Net").kind is SourceKind.CODE


def test_an_unknown_application_is_no_source():
    with pytest.raises(SourceError, match="unknown application 'MobileNetV5'; did you mean"):
        source_argument("keras.applications:MobileNetV5")


@pytest.mark.parametrize("detail", ["inputs", "outputs", "tags"])
def test_an_application_has_no_details_of_files(detail):
    with pytest.raises(RequestError, match=f"keras.applications:VGG16 takes no {detail}"):
        source_argument("keras.applications:VGG16", **{detail: ["x"]})
