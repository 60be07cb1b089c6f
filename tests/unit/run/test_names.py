from dataclasses import replace

import pytest

from sizewise.domain import OpenModel
from sizewise.errors import ConversionError
from sizewise.run.names import under_names_of
from support.stages import SIGNATURE


def opened(signature):
    return OpenModel("net", signature, None, None, "2.19.0")


def test_a_model_with_the_same_names_stays_as_it_is():
    model = opened(SIGNATURE)
    assert under_names_of(SIGNATURE, model) is model


def test_names_that_cannot_be_told_apart_are_refused():
    two = replace(SIGNATURE, inputs=tuple(replace(SIGNATURE.inputs[0], name=n) for n in "ab"))
    other = replace(SIGNATURE, inputs=tuple(replace(SIGNATURE.inputs[0], name=n) for n in "cd"))
    with pytest.raises(ConversionError, match="c, d instead of a, b"):
        under_names_of(two, opened(other))
