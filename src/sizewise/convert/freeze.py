"""From a model with variables to a graph of constants."""

from __future__ import annotations

from typing import Any

import numpy as np

from sizewise.convert.failure import refusals
from sizewise.convert.initializer import initializer_of
from sizewise.convert.inline import inline_compiled
from sizewise.convert.reached import reached
from sizewise.convert.stand_ins import Marks, is_large, marked
from sizewise.domain import DEFAULT_OPTIONS, ConversionOptions, Graph, OpenModel


def freeze(model: OpenModel, options: ConversionOptions = DEFAULT_OPTIONS) -> Graph:
    """Turn the variables of ``model`` into constants and inline its functions.

    Control flow is lowered to the ops of TensorFlow 1, which TF.js runs, unless ``options`` ask
    for control flow of version 2. The tensors of the signature keep their names. Lookup tables
    stay inputs, and the graph's initializer makes them. Large variables are not copied: their
    values are beside the graph. Raises ConversionError where TensorFlow cannot freeze the model.
    """
    marks = Marks()
    with refusals("freezing"):
        frozen = _frozen(model.function, marks, lower_control_flow=not options.control_flow_v2)
        graph_def = inline_compiled(frozen, model.signature)
        initializer = initializer_of(model, graph_def)
    return Graph(
        graph_def,
        model.signature,
        model.tensorflow_version,
        keras_model=model.owner if _is_keras_model(model.owner) else None,
        initializer=initializer,
        weights=marked(graph_def, marks.weights),
    )


def _frozen(function: Any, marks: Marks, *, lower_control_flow: bool) -> Any:
    """The graph of ``convert_variables_to_constants_v2``, with stand-ins for large variables.

    TensorFlow imports the graph as a function and copies that op by op, to get what the outputs
    depend on. Most graphs are spared that.
    """
    from tensorflow.python.framework import convert_to_constants as upstream

    class Variables(upstream._FunctionConverterDataInEager):  # type: ignore[misc] # noqa: SLF001
        def _eval(self, tensor: Any) -> Any:
            return _read(tensor, marks)

    variables = Variables(function, lower_control_flow, aggressive_inlining=True)
    graph_def, replaced = upstream._replace_variables_by_constants(variables)  # noqa: SLF001
    captured = function.graph.internal_captures
    constant = {captured[place].name for place in replaced}
    inputs = [tensor.name for tensor in function.inputs if tensor.name not in constant]
    needed = reached(graph_def, inputs, [tensor.name for tensor in function.outputs])
    if needed is not None:
        return needed
    pruned = upstream._construct_concrete_function(function, graph_def, replaced)  # noqa: SLF001
    return pruned.graph.as_graph_def()


def _read(tensor: Any, marks: Marks) -> Any:
    """The values of a variable, or what stands for them; those of a tensor."""
    import tensorflow as tf

    is_kept_beside = (
        isinstance(tensor, tf.Variable)
        and tensor.dtype == tf.float32
        and is_large(tensor.shape.num_elements() * tensor.dtype.size)
    )
    if not is_kept_beside:
        return tensor.numpy()
    # The variable's own memory: TensorFlow gives it a new one when it is assigned to.
    return marks.stand_in(np.asarray(memoryview(tensor.read_value())))


def _is_keras_model(owner: Any) -> bool:
    """Whether it is a model of either Keras; asks neither to be imported."""
    return any(
        kind.__name__ == "Model" and kind.__module__.partition(".")[0] in ("keras", "tf_keras")
        for kind in type(owner).__mro__
    )
