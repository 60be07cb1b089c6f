"""TensorFlow's own graph optimiser, called as the upstream converter calls it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sizewise.convert.tfjs.nodes import Pass
from sizewise.convert.tfjs.shield import shielded_squares, without_shields

CLEANUP = ("pruning", "constfold", "arithmetic", "dependency")
"""Optimisers that drop, fold and simplify, and leave ops what they are."""

REMAP = ("remap", "constfold", "arithmetic", "dependency")
"""Optimisers that fuse convolutions and matrix products with what follows them."""


def grappler(optimizers: Sequence[str], signature_def: Any, kept: Iterable[str] = ()) -> Pass:
    """A pass that runs ``optimizers`` in order and keeps what ``signature_def`` names, and the
    nodes ``kept``.

    The result depends on the graph, on TensorFlow's version and on oneDNN being on or off.
    """
    from tensorflow.core.protobuf import config_pb2, meta_graph_pb2
    from tensorflow.python.grappler import tf_optimizer
    from tensorflowjs.converters import tf_saved_model_conversion_v2 as upstream

    config = config_pb2.ConfigProto()
    config.graph_options.rewrite_options.optimizers.extend(optimizers)
    outputs = [info.name.partition(":")[0] for info in signature_def.outputs.values()]

    def run(graph_def: Any) -> Any:
        meta_graph = meta_graph_pb2.MetaGraphDef(graph_def=graph_def)
        # Grappler keeps the nodes of this collection, and those of any signature.
        meta_graph.collection_def["train_op"].node_list.value.extend([*outputs, *kept])
        meta_graph.signature_def["kept"].CopyFrom(signature_def)
        return tf_optimizer.OptimizeGraph(config, meta_graph, cluster=upstream.get_cluster())

    return run


def remapper(signature_def: Any) -> Pass:
    """A pass that runs ``REMAP``, without its fusion of layer norms.

    With oneDNN, TensorFlow fuses some of them into an op that TF.js lacks, and that has lost the
    epsilon. An Identity in their midst, which has to be kept, hides them from it.
    """
    remap = grappler(REMAP, signature_def)

    def run(graph_def: Any) -> Any:
        result = remap(graph_def)
        if not any(node.op == "_MklLayerNorm" for node in result.node):
            return result
        hidden, shields = shielded_squares(graph_def)
        return without_shields(grappler(REMAP, signature_def, shields)(hidden))

    return run
