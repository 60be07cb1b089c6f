"""TF.js graph models: the JSON of a ``GraphDef``, whose constants are in the shards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sizewise.domain import Array, OpenModel
from sizewise.errors import SourceError
from sizewise.models.faults import refusing
from sizewise.models.functions import open_function
from sizewise.models.graph_def import function_of, placeholders
from sizewise.models.names import unique_names
from sizewise.models.tfjs.files import TfjsFile
from sizewise.plain_ops import with_plain_ops


def open_graph_model(file: TfjsFile, weights: Mapping[str, Array], name: str) -> OpenModel:
    """The model as a function of the inputs and outputs that its signature names; without one,
    of its placeholders, and of the nodes that no other reads.
    """
    if file.document.get("modelInitializer"):
        raise SourceError(
            f"{file.path} has tables that are filled when it is loaded, which only TF.js reads",
            advice="name the model that it was converted from",
        )
    topology = _parse(file)
    inputs, outputs = _signature(file, topology)
    graph_def = with_plain_ops(_with_constants(file, topology, weights))
    function = function_of(graph_def, inputs, outputs)
    return open_function(function, name=name, owner=function)


def _parse(file: TfjsFile) -> Any:
    import tensorflow as tf
    from google.protobuf.json_format import ParseDict  # type: ignore[import-untyped]

    with refusing(
        f"the topology of {file.path} is no TensorFlow graph",
        advice="write the model again with the TF.js converter",
    ):
        return ParseDict(file.topology, tf.compat.v1.GraphDef(), ignore_unknown_fields=True)


def _with_constants(file: TfjsFile, graph_def: Any, weights: Mapping[str, Array]) -> Any:
    """The graph with the value of each constant, in the type that the graph computes in."""
    import tensorflow as tf

    for function in graph_def.library.function:
        _fill(file, function.node_def, weights)
    _fill(file, graph_def.node, weights)
    # TF.js has no control inputs to speak of, and what they name may have been removed.
    known = {node.name for node in graph_def.node}
    result = tf.compat.v1.GraphDef(library=graph_def.library, versions=graph_def.versions)
    for node in graph_def.node:
        kept = [each for each in node.input if not each.startswith("^") or each[1:] in known]
        node.input[:] = kept
        result.node.append(node)
    return result


def _fill(file: TfjsFile, nodes: Any, weights: Mapping[str, Array]) -> None:
    import tensorflow as tf

    for node in nodes:
        if node.op != "Const":
            continue
        if node.name not in weights:
            raise SourceError(
                f"the weights manifest of {file.path} has no weight for the constant {node.name}",
                advice="write the model again with the TF.js converter",
            )
        values = weights[node.name]
        # TF.js knows one type of integers and one of floats; the graph may have more.
        dtype = tf.as_dtype(node.attr["dtype"].type)
        if dtype != tf.string:
            values = values.astype(dtype.as_numpy_dtype)
        node.attr["value"].tensor.CopyFrom(
            tf.make_tensor_proto(values, dtype, shape=np.shape(values))
        )


def _signature(file: TfjsFile, graph_def: Any) -> tuple[dict[str, str], dict[str, str]]:
    """The tensors of the inputs and of the outputs, by name."""
    document = file.document
    metadata = document.get("userDefinedMetadata")
    signature = document.get("signature") or (
        metadata.get("signature") if isinstance(metadata, Mapping) else None
    )
    known = {node.name for node in graph_def.node}
    sides = []
    for side in ("inputs", "outputs"):
        written = (signature or {}).get(side) or {}
        tensors = {key: str(info.get("name", key)) for key, info in written.items()}
        for tensor in tensors.values():
            if tensor.partition(":")[0] not in known:
                raise SourceError(
                    f"the signature of {file.path} names {tensor!r}, which is not in its graph",
                    advice="write the model again with the TF.js converter",
                )
        sides.append(tensors)
    inputs, outputs = sides
    outputs = outputs or {node: node for node in _ends(graph_def)}
    inputs = inputs or {node: node for node in placeholders(graph_def, outputs)}
    return _renamed(inputs), _renamed(outputs)


def _ends(graph_def: Any) -> list[str]:
    read = {
        each.removeprefix("^").partition(":")[0] for node in graph_def.node for each in node.input
    }
    return [
        node.name
        for node in graph_def.node
        if node.name not in read and node.op not in ("Const", "Placeholder", "NoOp")
    ]


def _renamed(tensors: Mapping[str, str]) -> dict[str, str]:
    names = unique_names(tensors)
    return {
        name: tensor if ":" in tensor else f"{tensor}:0"
        for name, tensor in zip(names, tensors.values(), strict=True)
    }
