"""A frozen graph as a TensorFlow function again."""

from __future__ import annotations

from typing import Any

from sizewise.domain import Graph, Table


def graph_function(graph: Graph) -> Any:
    """``graph`` as a concrete function from its signature's inputs to a dict of its outputs."""
    import tensorflow as tf

    inputs, outputs = graph.signature.inputs, graph.signature.outputs
    body = _without_placeholders(graph)
    read = {name for node in body.node for name in node.input}
    read |= {spec.tensor for spec in outputs}

    def call(*tensors: Any) -> dict[str, Any]:
        fed = {spec.tensor: tensor for spec, tensor in zip(inputs, tensors, strict=True)}
        fed |= _filled_tables(graph)
        # TensorFlow writes output 0 of a node with and without ":0".
        fed |= {name.removesuffix(":0"): tensor for name, tensor in fed.items()}
        results = tf.graph_util.import_graph_def(
            body,
            input_map={name: tensor for name, tensor in fed.items() if name in read},
            return_elements=[spec.tensor for spec in outputs],
            name="",
        )
        return dict(zip((spec.name for spec in outputs), results, strict=True))

    # A tf.function would add control inputs, by which the converter to TFLite no longer finds
    # the loops in the graph.
    function = tf.compat.v1.wrap_function(
        call,
        [tf.TensorSpec(spec.shape, tf.as_dtype(spec.dtype), name=spec.name) for spec in inputs],
    )
    # As TensorFlow does for SavedModels of version 1: the names make the signature of a file.
    function._arg_keywords = [spec.name for spec in inputs]  # noqa: SLF001
    function._num_positional_args = len(inputs)  # noqa: SLF001
    return function


def _without_placeholders(graph: Graph) -> Any:
    """The graph without its inputs, which arguments and tables of the function replace."""
    import tensorflow as tf

    whole = graph.graph_def
    replaced = [spec.tensor for spec in graph.signature.inputs]
    replaced += [table.tensor for table in _tables(graph)]
    fed = {tensor.partition(":")[0] for tensor in replaced}
    body = tf.compat.v1.GraphDef(library=whole.library, versions=whole.versions)
    body.node.extend(node for node in whole.node if node.name not in fed)
    for node in body.node:
        # Nobody trains it, and a function with gradients of its own cannot be saved, which is how
        # the converter to TFLite learns its signature.
        node.attr.pop("_gradient_op_type", None)
    return body


def _tables(graph: Graph) -> tuple[Table, ...]:
    return () if graph.initializer is None else graph.initializer.tables


def _filled_tables(graph: Graph) -> dict[str, Any]:
    """The tables of the model that the graph was frozen from, captured by the current function."""
    import tensorflow as tf

    function = tf.compat.v1.get_default_graph()
    return {
        table.tensor: function.capture(table.resource.resource_handle) for table in _tables(graph)
    }
