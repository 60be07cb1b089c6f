"""Models of ``keras.applications`` without trained weights, but with outputs that vary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from tests.support.made import Made

from sizewise.models.applications import randomise

BOTH = ("Keras 3", "Keras 2")
FAMILIES: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "MobileNet": (64, BOTH),
    "MobileNetV2": (64, BOTH),
    "MobileNetV3Small": (64, BOTH),
    "EfficientNetB0": (64, BOTH),
    "EfficientNetV2B0": (64, BOTH),
    "NASNetMobile": (64, BOTH),
    "DenseNet121": (64, BOTH),
    "ResNet50": (64, BOTH),
    "ResNet50V2": (64, BOTH),
    "ResNetRS50": (64, BOTH[1:]),
    "RegNetX002": (64, BOTH[1:]),
    "RegNetY002": (64, BOTH[1:]),
    "ConvNeXtTiny": (64, BOTH),
    "VGG16": (64, BOTH),
    "Xception": (71, BOTH),
    "InceptionV3": (75, BOTH),
    "InceptionResNetV2": (75, BOTH),
}
"""The smallest member of each family, the side of an image for it, and which Kerases have it."""

_IMAGES = 4
_WITHOUT_TOP = frozenset(["VGG16"])
"""Models whose classifier would be most of their weights."""


def build(keras: Any, name: str, size: int) -> Made:
    """A model for images of ``size`` x ``size`` whose layers all matter to its outputs."""
    keras.utils.set_random_seed(3)
    make = getattr(keras.applications, name)
    head = {"include_top": False} if name in _WITHOUT_TOP else {"classes": 10}
    model = make(weights=None, input_shape=(size, size, 3), **head)
    images = randomise(model, make)[:_IMAGES]
    (tensor,) = model.inputs
    inputs = {tensor.name.partition(":")[0]: images}
    result = np.asarray(model(images, training=False))
    if result.std(axis=0).max() < 1e-3 * np.abs(result).max():
        raise ValueError(f"{name} gives the same whatever it is given: nothing would show")
    return Made(model, inputs, {"output": result})
