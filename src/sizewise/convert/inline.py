"""Functions that TensorFlow leaves alone when it inlines the others."""

from __future__ import annotations

from typing import Any

from sizewise.domain import Signature

_CALLS = frozenset(["PartitionedCall", "StatefulPartitionedCall"])
_BARRIERS = ("_XlaMustCompile", "_noinline")


def inline_compiled(graph_def: Any, signature: Signature) -> Any:
    """Inline the functions that are marked for the XLA compiler, as both Kerases mark grouped
    convolutions; a graph without any is given back as it is.
    """
    if not any(node.op in _CALLS and "_XlaMustCompile" in node.attr for node in graph_def.node):
        return graph_def
    from tensorflow.core.protobuf import config_pb2, meta_graph_pb2, rewriter_config_pb2
    from tensorflow.python.grappler import tf_optimizer

    meta_graph = meta_graph_pb2.MetaGraphDef(graph_def=graph_def)
    library = meta_graph.graph_def.library.function
    nodes = [*meta_graph.graph_def.node, *(node for each in library for node in each.node_def)]
    for marked in (*nodes, *library):
        for barrier in _BARRIERS:
            marked.attr.pop(barrier, None)
    kept = [spec.tensor.partition(":")[0] for spec in (*signature.inputs, *signature.outputs)]
    meta_graph.collection_def["train_op"].node_list.value.extend(kept)
    config = config_pb2.ConfigProto()
    options = config.graph_options.rewrite_options
    options.optimizers.append("function")
    options.function_optimization = rewriter_config_pb2.RewriterConfig.AGGRESSIVE
    inlined = tf_optimizer.OptimizeGraph(config, meta_graph)
    for node in inlined.node:
        # Where to put a function's inputs: beside nodes that later are no longer there.
        node.attr.pop("_class", None)
    return inlined
