"""A fine-tuned model as files, so that it need not be trained again: its graph and its weights.

The graph is TensorFlow's own format. A layers model of TensorFlow.js is made from the Keras model
instead, which is had again from the source's: the same layers with the weights of the fine-tuned
one. Where its layers are others, the graph alone comes back.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sizewise.domain import Graph, OpenModel, Signature, TensorSpec

_GRAPH, _ABOUT, _WEIGHTS = "graph.pb", "graph.json", "weights.npz"


def pack(graph: Graph) -> dict[str, bytes]:
    """The graph as files.

    Raises ValueError for a graph that has lookup tables or is too large for its format.
    """
    if graph.initializer is not None:
        raise ValueError("a graph with lookup tables")
    about: dict[str, Any] = {
        "signature": asdict(graph.signature),
        "tensorflow": graph.tensorflow_version,
        "layers": None,
    }
    files = {_GRAPH: graph.graph_def.SerializeToString()}
    if graph.keras_model is not None:
        about["layers"] = _described(graph.keras_model)
        files[_WEIGHTS] = _weights(graph.keras_model)
    return {_ABOUT: json.dumps(about).encode(), **files}


def unpack(files: Mapping[str, bytes], model: OpenModel) -> Graph:
    """The graph of files that ``pack`` has made; ``model`` is the one that was fine-tuned.

    Raises ValueError or KeyError for files that are none.
    """
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from tensorflow.core.framework.graph_pb2 import GraphDef

    about = json.loads(files[_ABOUT])
    try:
        graph_def = GraphDef.FromString(files[_GRAPH])
    except DecodeError as error:
        raise ValueError(f"{_GRAPH} is no graph") from error
    same = about["layers"] is not None and about["layers"] == _described(model.owner)
    return Graph(
        graph_def,
        _signature(about["signature"]),
        about["tensorflow"],
        keras_model=_with_weights(model.owner, files[_WEIGHTS]) if same else None,
    )


def _signature(told: Mapping[str, Any]) -> Signature:
    def specs(entries: Any) -> tuple[TensorSpec, ...]:
        return tuple(
            TensorSpec(
                entry["name"],
                entry["tensor"],
                entry["dtype"],
                None if entry["shape"] is None else tuple(entry["shape"]),
            )
            for entry in entries
        )

    return Signature(told["name"], specs(told["inputs"]), specs(told["outputs"]))


def _described(model: Any) -> dict[str, Any] | None:
    """Which Keras a model is of, and the weights of its layers, in their order."""
    if not hasattr(model, "get_weights") or not hasattr(model, "layers"):
        return None
    return {
        "keras": _root(model),
        "weights": [[weight.name, list(weight.shape)] for weight in model.weights],
    }


def _root(model: Any) -> str:
    """``keras`` or ``tf_keras``."""
    modules = [kind.__module__.partition(".")[0] for kind in type(model).__mro__]
    return next((name for name in modules if name in ("keras", "tf_keras")), "")


def _weights(model: Any) -> bytes:
    import numpy as np

    sink = io.BytesIO()
    np.savez(sink, *model.get_weights())
    return sink.getvalue()


def _with_weights(model: Any, content: bytes) -> Any:
    """A copy of ``model`` with other weights; None where it cannot be copied."""
    import numpy as np

    if _root(model) == "tf_keras":
        import tf_keras as keras
    else:
        import keras
    try:
        copy = keras.models.clone_model(model)
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            copy.set_weights([stored[f"arr_{place}"] for place in range(len(stored.files))])
    except (TypeError, ValueError, zipfile.BadZipFile):
        # A class of the user's that cannot be cloned: what is made from the graph is all there is.
        return None
    return copy
