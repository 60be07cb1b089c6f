"""A frozen graph as a TensorFlow function again."""

from __future__ import annotations

from typing import Any

from sizewise.domain import Graph


def graph_function(graph: Graph) -> Any:
    """``graph`` as a concrete function from its signature's inputs to a dict of its outputs."""
    import tensorflow as tf

    inputs, outputs = graph.signature.inputs, graph.signature.outputs
    body = _without_placeholders(graph)
    read = {name for node in body.node for name in node.input}
    read |= {spec.tensor for spec in outputs}

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def call(*tensors: Any) -> dict[str, Any]:
        fed = {spec.tensor: tensor for spec, tensor in zip(inputs, tensors, strict=True)}
        # TensorFlow writes output 0 of a node with and without ":0".
        fed |= {name.removesuffix(":0"): tensor for name, tensor in fed.items()}
        results = tf.graph_util.import_graph_def(
            body,
            input_map={name: tensor for name, tensor in fed.items() if name in read},
            return_elements=[spec.tensor for spec in outputs],
            name="",
        )
        return dict(zip((spec.name for spec in outputs), results, strict=True))

    return call.get_concrete_function(
        *(tf.TensorSpec(spec.shape, tf.as_dtype(spec.dtype), name=spec.name) for spec in inputs)
    )


def _without_placeholders(graph: Graph) -> Any:
    """The graph without its inputs, which the function's arguments replace."""
    import tensorflow as tf

    whole = graph.graph_def
    fed = {spec.tensor.partition(":")[0] for spec in graph.signature.inputs}
    body = tf.compat.v1.GraphDef(library=whole.library, versions=whole.versions)
    body.node.extend(node for node in whole.node if node.name not in fed)
    return body
