"""Models of ``keras.applications`` without trained weights, but with outputs that vary."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
from tests.support.made import Made

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

_IMAGES = 8
_WITHOUT_TOP = frozenset(["VGG16"])
"""Models whose classifier would be most of their weights."""


def build(keras: Any, name: str, size: int) -> Made:
    """A model for images of ``size`` x ``size`` whose layers all matter to its outputs.

    The scales and shifts of all normalisations, and the scales of ConvNeXt's layers, which start
    next to zero, are random; the statistics of batch norms are those of the images.
    """
    keras.utils.set_random_seed(3)
    make = getattr(keras.applications, name)
    head = {"include_top": False} if name in _WITHOUT_TOP else {"classes": 10}
    model = make(weights=None, input_shape=(size, size, 3), **head)
    rng = np.random.default_rng(3)
    for layer in model._flatten_layers():  # noqa: SLF001 - nested layers have no public walk
        _randomise(layer, rng)
    highest = 255.0 if _scales_its_inputs(make, model) else 1.0
    images = rng.uniform(0, highest, (_IMAGES, size, size, 3)).astype(np.float32)
    model(images, training=True)
    (tensor,) = model.inputs
    inputs = {tensor.name.partition(":")[0]: images[: _IMAGES // 2]}
    result = np.asarray(model(images[: _IMAGES // 2], training=False))
    if result.std(axis=0).max() < 1e-3 * np.abs(result).max():
        raise ValueError(f"{name} gives the same whatever it is given: nothing would show")
    return Made(model, inputs, {"output": result})


def _randomise(layer: Any, rng: np.random.Generator) -> None:
    if type(layer).__name__ == "BatchNormalization":
        layer.momentum = 0.0
    for attribute, draw in (("gamma", _scale), ("beta", _shift)):
        weight = getattr(layer, attribute, None)
        if hasattr(weight, "assign"):
            weight.assign(draw(rng, tuple(weight.shape)))


def _scale(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return rng.uniform(0.5, 1.5, shape)


def _shift(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return rng.normal(0, 0.3, shape)


def _scales_its_inputs(make: Any, model: Any) -> bool:
    """Whether the model takes pixels from 0 to 255."""
    kinds = {type(layer).__name__ for layer in model.layers}
    return "include_preprocessing" in inspect.signature(make).parameters or "Rescaling" in kinds
