"""Signatures as TF.js graph models carry them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sizewise.convert.tfjs.nodes import message_json, producer
from sizewise.domain import Graph, Signature, TensorSpec


def kept_signature(graph: Graph) -> Signature:
    """The signature of ``graph`` without the inputs that freezing removed or made constant."""
    ops = {node.name: node.op for node in graph.skeleton.node}
    inputs = tuple(
        spec
        for spec in graph.signature.inputs
        if ops.get(producer(spec.tensor), "Const") != "Const"
    )
    return Signature(graph.signature.name, inputs, graph.signature.outputs)


def signature_def(signature: Signature) -> Any:
    """The protocol message of a signature, keyed as the upstream converter keys it.

    A tensor goes by its name in the signature where no other of its side has the same type and
    shape, and by its name in the graph where one has.
    """
    from tensorflow.core.protobuf import meta_graph_pb2

    message = meta_graph_pb2.SignatureDef()
    for side, specs in ((message.inputs, signature.inputs), (message.outputs, signature.outputs)):
        for key, info in _keyed(specs).items():
            side[key].CopyFrom(info)
    return message


def signature_json(signature: Signature) -> dict[str, Any]:
    """The ``signature`` of a ``model.json``, in the order of ``signature``."""
    sides = {"inputs": signature.inputs, "outputs": signature.outputs}
    return {
        side: {key: message_json(info) for key, info in _keyed(specs).items()}
        for side, specs in sides.items()
        if specs
    }


def _keyed(specs: Iterable[TensorSpec]) -> Mapping[str, Any]:
    specs = tuple(specs)
    kinds = [(spec.dtype, spec.shape) for spec in specs]
    return {
        spec.name if kinds.count(kind) == 1 else spec.tensor: _tensor_info(spec)
        for spec, kind in zip(specs, kinds, strict=True)
    }


def _tensor_info(spec: TensorSpec) -> Any:
    import tensorflow as tf
    from tensorflow.core.protobuf import meta_graph_pb2

    return meta_graph_pb2.TensorInfo(
        name=spec.tensor,
        dtype=tf.as_dtype(spec.dtype).as_datatype_enum,
        tensor_shape=tf.TensorShape(spec.shape).as_proto(),
    )
