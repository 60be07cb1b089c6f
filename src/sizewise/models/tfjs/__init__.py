"""TF.js models, whose source may be lost: graph models and layers models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sizewise.domain import OpenModel, Signature, Source
from sizewise.models.signatures import require_default
from sizewise.models.tfjs.files import read_model
from sizewise.models.tfjs.graph_model import open_graph_model
from sizewise.models.tfjs.layers_model import open_layers_model
from sizewise.models.tfjs.weights import read_weights

__all__ = ["describe", "open_source"]


def describe(source: Source, signature: str | None) -> Signature:
    """The signature; the weights are read for it, because only that proves the model whole."""
    return open_source(source, signature, source.location).signature


def open_source(source: Source, signature: str | None, name: str) -> OpenModel:
    """Read ``model.json`` and its shards; quantized weights are dequantized, and a note says so.

    A graph model keeps the names of its nodes, except where an op that only TF.js has is
    written out in TensorFlow's ops.
    """
    require_default(signature, "a TF.js model")
    file = read_model(Path(source.location))
    weights = read_weights(file)
    if file.is_graph:
        opened = open_graph_model(file, weights.values, name)
    else:
        unsafe = source.unsafe_lambda
        opened = open_layers_model(file, weights.values, name, unsafe_lambda=unsafe)
    return replace(opened, notes=(*opened.notes, *weights.notes))
