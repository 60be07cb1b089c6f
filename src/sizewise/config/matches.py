"""Which models and encodings a transform cannot be meant for, as far as a suite tells."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from sizewise.config.data import lacks_training
from sizewise.domain import (
    SOURCE_ENDINGS,
    TFJS_MODEL_FILE,
    Cluster,
    DataKind,
    Encoding,
    Location,
    ModelSpec,
    Qat,
    Source,
    SourceKind,
    Transform,
)
from sizewise.errors import SuiteError

_GRAPHS = {
    SourceKind.SAVED_MODEL: "a SavedModel",
    SourceKind.FROZEN_GRAPH: "a frozen graph",
    SourceKind.TFLITE: "a .tflite file",
}
"""Sources that are nothing but a graph."""

_LEVELS_OF_8_BITS = 256


def check_training(
    transform: Transform, models: Sequence[ModelSpec], at: Location
) -> Iterator[SuiteError]:
    """What keeps each model from being trained, where the transform trains.

    A ``.tflite`` among models of other kinds is measured as it is, without any transform.
    """
    if not transform.training:
        return
    only_tflite = all(model.source.is_tflite for model in models)
    for model in models:
        if model.source.is_tflite and not only_tflite:
            continue
        if error := _untrainable(transform, model, at):
            yield error


def _untrainable(transform: Transform, model: ModelSpec, at: Location) -> SuiteError | None:
    steps = " and ".join(_in_words(transform))
    if graph := _graph(model.source):
        return SuiteError(
            f"{transform.name} needs Keras layers for {steps}, and the source of {model.name} is "
            f"{graph}",
            where=at,
            advice=_WITHOUT_KERAS.format(name=model.name),
        )
    if lacking := lacks_training(model.data):
        return SuiteError(
            f"{transform.name} needs training data for {steps}, and {model.name} has none: "
            f"{lacking}",
            where=at,
            advice=_TRAINING_DATA[model.data.kind],
        )
    return None


_WITHOUT_KERAS = (
    "name the Keras model that it was made of, take a transform without training such as "
    "prune50obs or cluster16, or put {name} into a suite of its own"
)
_NPZ_TRAIN = (
    "add x_train and y_train to it, or write data: {file: test.npz, train: train.npz}; without "
    "training there are prune80 and cluster16"
)
_PATH_TRAIN = (
    "write data: {{file: {0}, train: {1}}}; without training there are prune80 and cluster16"
)
_TRAINING_DATA = {
    DataKind.NPZ: _NPZ_TRAIN,
    DataKind.CSV: _PATH_TRAIN.format("test.csv", "train.csv"),
    DataKind.IMAGES: _PATH_TRAIN.format("images/test", "images/train"),
    DataKind.NOISE: _PATH_TRAIN.format("test.npz", "train.npz"),
}


def _in_words(transform: Transform) -> list[str]:
    """What its training is called."""
    is_qat = [isinstance(step, Qat) for step in transform.training]
    words = ["fine-tuning"] if not all(is_qat) else []
    return [*words, "quantization-aware training"] if any(is_qat) else words


def _graph(source: Source) -> str | None:
    """What kind of graph a source is; None where it has, or may have, Keras layers."""
    kind = source.kind
    if kind is SourceKind.URL:
        ending = Path(urlsplit(source.location).path).suffix.lower()
        kind = SOURCE_ENDINGS.get(ending, kind)
    if kind is SourceKind.TFJS and _is_graph_model(Path(source.location)):
        return "a TF.js graph model"
    return _GRAPHS.get(kind)


def _is_graph_model(path: Path) -> bool:
    """Whether a TF.js model is a graph model, by its own word or by its nodes."""
    try:
        file = path / TFJS_MODEL_FILE if path.is_dir() else path
        model = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return False
    if not isinstance(model, dict):
        return False
    topology = model.get("modelTopology")
    has_nodes = isinstance(topology, dict) and "node" in topology
    return model.get("format") == "graph-model" or has_nodes


def check_clusters(
    transform: Transform, encodings: Sequence[Encoding], at: Location
) -> Iterator[SuiteError]:
    """What is wrong with more clusters than an 8-bit encoding of the suite can tell apart."""
    narrow = [each.name for each in encodings if each.storage in _OF_8_BITS]
    if not narrow:
        return
    for step in transform.steps:
        if isinstance(step, Cluster) and step.clusters > _LEVELS_OF_8_BITS:
            yield SuiteError(
                f"{step.name} asks for {step.clusters} values a kernel, and {narrow[0]} has "
                f"{_LEVELS_OF_8_BITS}",
                where=at,
                advice=f"write cluster{_LEVELS_OF_8_BITS} or fewer, or leave the 8-bit encodings "
                "out",
            )


_OF_8_BITS = frozenset(
    {"uint8", "int8", "dynamic_int8", "weight_int8", "weight_int4", "aeq_dynamic_int8", "aeq_int8"}
)
