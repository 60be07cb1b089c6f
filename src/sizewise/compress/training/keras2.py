"""Keras 3 models, brought to Keras 2 for what tfmot alone can do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sizewise.compress.training.library import is_keras3
from sizewise.errors import ConversionError, SizewiseError

_DESERIALISED = re.compile(r"Error when deserializing class .*?'name': '(?P<layer>[^']+)'")
"""How Keras 2 says that it does not know an activation or an argument of a layer."""

NOTE = "built again in Keras 2, which tensorflow-model-optimization trains"


def in_keras2(
    step: str, model: Any, rebuild: Callable[[Any], Any], instead: str
) -> tuple[Any, tuple[str, ...]]:
    """A model of Keras 2 as it is; one of Keras 3 built again, with a note that says so.

    Raises ConversionError with the layer that prevents it, and ``instead`` as its advice.
    """
    if not is_keras3(model):
        return model, ()
    try:
        return rebuild(model), (NOTE,)
    except SizewiseError as error:
        # What comes after the comma is about the target that the builder was made for.
        reason = re.split(r", and TensorFlow.js|, which TensorFlow.js", error.message)[0]
        if named := _DESERIALISED.search(reason):
            reason = f"layer {named['layer']!r} has something that Keras 2 lacks"
        raise ConversionError(
            f"{step} trains in Keras 2, and the Keras 3 model cannot be built there: {reason}",
            advice=instead,
        ) from error
