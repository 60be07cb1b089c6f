"""A Keras model in memory, of either Keras, as an open model."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from typing import Any

from sizewise.domain import ModelSpec, OpenModel
from sizewise.errors import SourceError
from sizewise.models.signatures import DEFAULT_SIGNATURE, signature_of


def open_keras_model(spec: ModelSpec, model: Any) -> OpenModel:
    """Trace a tf_keras or Keras 3 model in inference mode.

    Inputs are called as its input layers are; outputs by their key where the model returns a
    dict, else by the layers that they come from. Characters that a graph's names cannot have
    become underscores, and of equal names the later get ``_1``, ``_2``. ``owner`` is the model.

    Raises SourceError for a model without fixed inputs, or where the suite names another
    signature than the one there is.
    """
    import tensorflow as tf

    if spec.signature not in (None, DEFAULT_SIGNATURE):
        raise SourceError(
            f"a Keras model has no signature {spec.signature!r}",
            advice=f"leave signature out; its only one is called {DEFAULT_SIGNATURE}",
        )
    if not getattr(model, "inputs", None):
        raise SourceError(
            "the Keras model does not say what inputs it takes",
            advice="export it as a SavedModel, with model.export(folder)",
        )
    names = unique_names(tensor.name for tensor in model.inputs)

    def call(**inputs: Any) -> dict[str, Any]:
        return _by_name(model, model(_arranged(model, names, inputs), training=False))

    specs = {
        name: tf.TensorSpec(tensor.shape, tensor.dtype, name)
        for name, tensor in zip(names, model.inputs, strict=True)
    }
    function = tf.function(call).get_concrete_function(**specs)
    return OpenModel(
        spec=spec,
        signature=signature_of(function, DEFAULT_SIGNATURE),
        function=function,
        owner=model,
        tensorflow_version=tf.__version__,
    )


def unique_names(names: Iterable[str]) -> list[str]:
    """Names that a Python keyword and a graph's node can have, in the order given."""
    found: list[str] = []
    for name in names:
        base = re.sub(r"[^A-Za-z0-9_]", "_", name.partition(":")[0])
        if keyword.iskeyword(base) or not base[:1].isalpha():
            base = f"tensor_{base}"
        candidate, count = base, 0
        while candidate in found:
            count += 1
            candidate = f"{base}_{count}"
        found.append(candidate)
    return found


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
        return dict(zip(unique_names(result), result.values(), strict=True))
    # Only a Keras 3 Sequential does not name its output.
    names = getattr(model, "output_names", None) or [model.layers[-1].name]
    return dict(zip(unique_names(names), tf.nest.flatten(result), strict=True))
