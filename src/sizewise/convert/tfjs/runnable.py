"""An optimised graph for TensorFlow.js as one that TensorFlow runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sizewise.convert.tfjs.weights import Weight
from sizewise.plain_ops import with_plain_ops


def runnable(topology: Mapping[str, Any], weights: Iterable[Weight]) -> Any:
    """The ``GraphDef`` of a topology in JSON, in plain ops, with the values of its constants.

    A constant is of the type that the graph computes in, which may be wider than the stored one.
    """
    import tensorflow as tf
    from google.protobuf.json_format import ParseDict  # type: ignore[import-untyped]

    graph_def = ParseDict(topology, tf.compat.v1.GraphDef())
    values = {weight.name: weight.values for weight in weights}
    known = {node.name for node in graph_def.node}
    for node in graph_def.node:
        node.input[:] = [
            name for name in node.input if not name.startswith("^") or name[1:] in known
        ]
        if node.op == "Const":
            dtype = tf.as_dtype(node.attr["dtype"].type)
            stored = values[node.name]
            array = stored if dtype == tf.string else stored.astype(dtype.as_numpy_dtype)
            node.attr["value"].tensor.CopyFrom(
                tf.make_tensor_proto(array, dtype, shape=array.shape)
            )
    return with_plain_ops(graph_def)
