"""A fine-tuned model under the names that the untouched one has for its inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sizewise.domain import OpenModel, Signature, TensorSpec
from sizewise.errors import ConversionError


def under_names_of(signature: Signature, model: OpenModel) -> OpenModel:
    """``model``, whose inputs and outputs are called as ``signature`` has it.

    Training builds a model anew, and a Keras that named a layer itself may name it otherwise then.
    Raises ConversionError where it is not clear what is what.
    """
    inputs = _renaming(signature.inputs, model.signature.inputs)
    outputs = _renaming(signature.outputs, model.signature.outputs)
    if all(old == new for old, new in (inputs | outputs).items()):
        return model

    import tensorflow as tf

    from sizewise.models import open_object

    def call(**given: Any) -> Mapping[str, Any]:
        made = model.function(**{inputs[name]: value for name, value in given.items()})
        return {name: made[old] for name, old in outputs.items()}

    specs = {
        spec.name: tf.TensorSpec(spec.shape, spec.dtype, name=spec.name)
        for spec in signature.inputs
    }
    function = tf.function(call).get_concrete_function(**specs)
    opened = open_object(function, name=model.name)
    return replace(opened, owner=model.owner, notes=model.notes)


def _renaming(wanted: Sequence[TensorSpec], found: Sequence[TensorSpec]) -> dict[str, str]:
    """The names that ``found`` has for those that are ``wanted``."""
    names, others = [spec.name for spec in wanted], [spec.name for spec in found]
    if set(names) == set(others):
        return {name: name for name in names}
    if len(names) == len(others) == 1:
        return {names[0]: others[0]}
    raise ConversionError(
        f"training has changed the names of inputs or outputs: {', '.join(others)} instead of "
        + ", ".join(names),
        advice="give the model's input and output layers names of their own",
    )
