"""From a model with variables to a graph of constants."""

from __future__ import annotations

from sizewise.convert.failure import refusals
from sizewise.domain import Graph, OpenModel


def freeze(model: OpenModel) -> Graph:
    """Turn the variables of ``model`` into constants and inline its functions.

    Control flow is lowered to the ops of TensorFlow 1, which TF.js runs. The tensors of the
    signature keep their names. Raises ConversionError where TensorFlow cannot freeze the model.
    """
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    with refusals("freezing"):
        frozen = convert_variables_to_constants_v2(
            model.function, lower_control_flow=True, aggressive_inlining=True
        )
    return Graph(frozen.graph.as_graph_def(), model.signature, model.tensorflow_version)
