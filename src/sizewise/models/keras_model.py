"""A Keras model in memory, of either Keras, as an open model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sizewise.domain import OpenModel
from sizewise.errors import SourceError
from sizewise.models.functions import named_outputs, open_function, traced
from sizewise.models.keras_precision import in_float32
from sizewise.models.names import unique_names
from sizewise.models.signatures import require_default


def open_keras_model(
    model: Any, *, name: str, signature: str | None = None, input_signature: Any = None
) -> OpenModel:
    """Trace a tf_keras or Keras 3 model in inference mode.

    Inputs are called as its input layers are; outputs by their key where the model returns a
    dict, else by the layers that they come from: see ``unique_names``. A model without input
    layers has the inputs that it was called with, or those of ``input_signature``, and its
    outputs are called as ``named_outputs`` says. A model with the policy mixed_float16 is
    opened in float32, and a note says so. ``owner`` is the model.

    Raises SourceError for a model that was never called and comes without ``input_signature``,
    or where another signature is asked for than the one there is.
    """
    require_default(signature, "a Keras model")
    model, notes = in_float32(model)
    if input_signature is not None:
        function = _trace_as_called(model, _arguments(model, input_signature))
    elif getattr(model, "inputs", None):
        function = _trace_by_layers(model)
    else:
        function = _trace_as_called(model, _called_with(model))
    return replace(open_function(function, name=name, owner=model), notes=notes)


def _trace_by_layers(model: Any) -> Any:
    import tensorflow as tf

    names = unique_names(tensor.name for tensor in model.inputs)

    def call(**inputs: Any) -> dict[str, Any]:
        return _by_name(model, model(_arranged(model, names, inputs), training=False))

    specs = {
        name: tf.TensorSpec(tensor.shape, tensor.dtype, name)
        for name, tensor in zip(names, model.inputs, strict=True)
    }
    return tf.function(call).get_concrete_function(**specs)


def _arranged(model: Any, names: list[str], inputs: Mapping[str, Any]) -> Any:
    """The inputs in the structure that the model was built with: one, a list, or a dict."""
    import tensorflow as tf

    by_tensor = {id(tensor): inputs[name] for tensor, name in zip(model.inputs, names, strict=True)}
    structure = getattr(model, "input", None)
    if {id(tensor) for tensor in tf.nest.flatten(structure)} != set(by_tensor):
        # A Keras 3 Sequential has no such attribute before its first call.
        structure = model.inputs[0] if len(names) == 1 else model.inputs
    return tf.nest.map_structure(lambda tensor: by_tensor[id(tensor)], structure)


def _by_name(model: Any, result: Any) -> dict[str, Any]:
    import tensorflow as tf

    if isinstance(result, dict):
        return named_outputs(result)
    # Only a Keras 3 Sequential does not name its output.
    names = getattr(model, "output_names", None) or [model.layers[-1].name]
    return dict(zip(unique_names(names), tf.nest.flatten(result), strict=True))


def _trace_as_called(model: Any, structure: Any) -> Any:
    def call(*arguments: Any, **keywords: Any) -> Any:
        return model(*arguments, **keywords, training=False)

    return traced(call, structure)


def _arguments(model: Any, input_signature: Any) -> Any:
    """The structure of a call; the model is called once, so that its variables exist."""
    import tensorflow as tf

    arguments, keywords = (
        ((), dict(input_signature))
        if isinstance(input_signature, Mapping)
        else (tuple(input_signature), {})
    )
    if not model.built:
        zeros = tf.nest.map_structure(_zeros, (arguments, keywords))
        model(*zeros[0], **zeros[1], training=False)
    return arguments, keywords


def _zeros(spec: Any) -> Any:
    import tensorflow as tf

    return tf.zeros([size or 1 for size in spec.shape], spec.dtype)


def _called_with(model: Any) -> Any:
    """What a model without input layers was called with, as its Keras remembers it."""
    if (shapes := getattr(model, "_build_shapes_dict", None)) is not None:  # Keras 3
        return tuple(
            _specs(shape, name.removesuffix("_shape"), model.input_dtype)
            for name, shape in shapes.items()
        ), {}
    remembered = model.save_spec() if hasattr(model, "save_spec") else None  # tf_keras
    if remembered is None:
        raise SourceError(
            "the Keras model does not say what inputs it takes",
            advice="call it once on a batch of samples, or pass input_signature",
        )
    return remembered


def _specs(shapes: Any, name: str, dtype: str) -> Any:
    """A ``TensorSpec`` of any number of samples for each shape in a structure of shapes."""
    import tensorflow as tf

    if isinstance(shapes, Mapping):
        return {key: _specs(shape, str(key), dtype) for key, shape in shapes.items()}
    if all(size is None or isinstance(size, int) for size in shapes):
        return tf.TensorSpec((None, *shapes[1:]), dtype, name)
    return type(shapes)(_specs(shape, name, dtype) for shape in shapes)
