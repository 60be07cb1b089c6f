"""From a model with variables to a graph of constants."""

from __future__ import annotations

from typing import Any

from sizewise.convert.failure import refusals
from sizewise.convert.initializer import initializer_of
from sizewise.convert.inline import inline_compiled
from sizewise.domain import DEFAULT_OPTIONS, ConversionOptions, Graph, OpenModel


def freeze(model: OpenModel, options: ConversionOptions = DEFAULT_OPTIONS) -> Graph:
    """Turn the variables of ``model`` into constants and inline its functions.

    Control flow is lowered to the ops of TensorFlow 1, which TF.js runs, unless ``options`` ask
    for control flow of version 2. The tensors of the signature keep their names. Lookup tables
    stay inputs, and the graph's initializer makes them. Raises ConversionError where TensorFlow
    cannot freeze the model.
    """
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    with refusals("freezing"):
        frozen = convert_variables_to_constants_v2(
            model.function,
            lower_control_flow=not options.control_flow_v2,
            aggressive_inlining=True,
        )
        graph_def = inline_compiled(frozen.graph.as_graph_def(), model.signature)
        initializer = initializer_of(model, graph_def)
    return Graph(
        graph_def,
        model.signature,
        model.tensorflow_version,
        keras_model=model.owner if _is_keras_model(model.owner) else None,
        initializer=initializer,
    )


def _is_keras_model(owner: Any) -> bool:
    """Whether it is a model of either Keras; asks neither to be imported."""
    return any(
        kind.__name__ == "Model" and kind.__module__.partition(".")[0] in ("keras", "tf_keras")
        for kind in type(owner).__mro__
    )
