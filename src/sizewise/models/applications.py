"""Networks of ``keras.applications``, by name: with the weights that Keras downloads, or random."""

from __future__ import annotations

import inspect
import logging
from dataclasses import replace
from typing import Any

import numpy as np

from sizewise.domain import Array, OpenModel, Signature, Source
from sizewise.errors import SourceError, did_you_mean
from sizewise.models.faults import refusing
from sizewise.models.keras_file import import_keras
from sizewise.models.keras_model import open_keras_model

IMAGENET = "imagenet"
RANDOM_NOTE = "its weights are random: what it computes means nothing"

_IMAGES = 8
_SEED = 3
_LOGGER = logging.getLogger(__name__)


def describe(source: Source, signature: str | None) -> Signature:
    """The signature. Trained weights are downloaded for it; random ones are left out."""
    if source.weights == IMAGENET:
        return open_source(source, signature, source.location).signature
    model = _build(source, import_keras(_library(source)))
    return open_keras_model(model, name=source.location, signature=signature).signature


def open_source(source: Source, signature: str | None, name: str) -> OpenModel:
    """Build the network with its classifier of 1,000 classes; ``owner`` is the Keras model.

    Trained weights come from Keras's own cache (``~/.keras/models``), into which Keras downloads
    them once. Random ones are seeded and made to matter: see ``randomise``. Raises SourceError
    for a network that this Keras has not, for an input shape that it does not take, and where
    the weights are neither in the cache nor to be had.
    """
    keras = import_keras(_library(source))
    model = _build(source, keras)
    notes: tuple[str, ...] = ()
    if source.weights != IMAGENET:
        randomise(model, _maker(keras, source.location))
        notes = (RANDOM_NOTE,)
    opened = open_keras_model(model, name=name, signature=signature)
    return replace(opened, notes=notes + opened.notes)


def _library(source: Source) -> str:
    return "keras" if source.keras == 3 else "tf_keras"


def _maker(keras: Any, name: str) -> Any:
    make = getattr(keras.applications, name, None)
    if make is None:
        known = [each for each in dir(keras.applications) if each[0].isupper()]
        raise SourceError(
            f"the applications of {keras.__name__} {keras.__version__} have no {name!r}",
            advice=did_you_mean(name, known),
        )
    return make


def _build(source: Source, keras: Any) -> Any:
    name, is_trained = source.location, source.weights == IMAGENET
    make = _maker(keras, name)
    keras.utils.set_random_seed(_SEED)
    _forget_names(keras)
    if is_trained:
        _LOGGER.info("opening %s with its ImageNet weights: Keras downloads them once", name)
    try:
        return make(weights=IMAGENET if is_trained else None, input_shape=source.input_shape)
    except Exception as error:
        message, advice = _in_words(name, error)
        with refusing(message, advice):
            raise error from None


def _in_words(name: str, error: Exception) -> tuple[str, str]:
    """What went wrong, and what to do about it."""
    if isinstance(error, ValueError):
        return f"{name} cannot be built", "choose another input-shape, or none"
    if isinstance(error, OSError) and not isinstance(error, ConnectionError | TimeoutError):
        # Keras 2 does not notice that a connection was cut, and keeps what it got.
        return (
            f"the ImageNet weights of {name} cannot be read",
            "remove its file from Keras's cache, ~/.keras/models: it is downloaded anew then",
        )
    # Keras raises a bare Exception for most of what goes wrong with a download.
    return (
        f"the ImageNet weights of {name} cannot be had",
        "they need the network once: try again where there is one, or choose random weights",
    )


def _forget_names(keras: Any) -> None:
    """Let Keras number its layers from the start: inputs and outputs are called like them."""
    if hasattr(keras.backend, "reset_uids"):
        keras.backend.reset_uids()
    else:  # Keras 3
        keras.utils.clear_session(free_memory=False)


def randomise(model: Any, make: Any, seed: int = _SEED) -> Array:
    """Give the network that ``make`` built weights of which all matter to its outputs, in place.

    As Keras initialises them, most networks give a constant. The scales and shifts of all
    normalisations, and the scales of ConvNeXt's layers, which start next to zero, become
    random; the statistics of batch norms those of 8 seeded images, float32 [8, height, width,
    channels] in the range that the network takes, which are given back.
    """
    rng = np.random.default_rng(seed)
    norms = []
    for layer in model._flatten_layers():  # noqa: SLF001 - nested layers have no public walk
        for attribute, values in (("gamma", _scale), ("beta", _shift)):
            weight: Any = getattr(layer, attribute, None)
            if hasattr(weight, "assign"):
                weight.assign(values(rng, tuple(weight.shape)))
        if type(layer).__name__ == "BatchNormalization":
            norms.append((layer, layer.momentum))
    (tensor,) = model.inputs
    highest = 255.0 if _scales_its_inputs(make, model) else 1.0
    images: Array = rng.uniform(0, highest, (_IMAGES, *tensor.shape[1:])).astype(np.float32)
    for layer, _ in norms:
        layer.momentum = 0.0
    model(images, training=True)
    for layer, momentum in norms:
        layer.momentum = momentum
    return images


def _scale(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.uniform(0.5, 1.5, shape)


def _shift(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.normal(0, 0.3, shape)


def _scales_its_inputs(make: Any, model: Any) -> bool:
    """Whether the model takes pixels from 0 to 255."""
    kinds = {type(layer).__name__ for layer in model.layers}
    return "include_preprocessing" in inspect.signature(make).parameters or "Rescaling" in kinds
