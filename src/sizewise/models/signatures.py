"""From a concrete function to a signature."""

from __future__ import annotations

from typing import Any

from sizewise.domain import Signature, TensorSpec
from sizewise.errors import SourceError

DEFAULT_SIGNATURE = "serving_default"
"""The name that TensorFlow gives to the signature of a model that has only one."""


def signature_of(function: Any, name: str) -> Signature:
    """The signature of a concrete function that takes keywords and returns a dict.

    TensorFlow flattens both dicts by their sorted keys, whatever order they were written in;
    captured variables follow the inputs. Raises SourceError for inputs or outputs that are
    no plain tensors.
    """
    _, keywords = function.structured_input_signature
    fed = len(function.inputs) - len(function.captured_inputs)
    return Signature(
        name=name,
        inputs=_specs(keywords, function.inputs[:fed], "inputs"),
        outputs=_specs(function.structured_outputs, function.outputs, "outputs"),
    )


def _specs(names: Any, tensors: Any, what: str) -> tuple[TensorSpec, ...]:
    if not isinstance(names, dict) or len(names) != len(tensors):
        raise SourceError(
            f"the model's {what} are no plain tensors with a name each",
            advice="export a signature that has dense tensors only",
        )
    return tuple(
        TensorSpec(name, tensor.name, tensor.dtype.name, shape_of(tensor.shape))
        for name, tensor in zip(sorted(names), tensors, strict=True)
    )


def shape_of(shape: Any) -> tuple[int | None, ...] | None:
    """A TensorFlow shape as the domain has it: None for an unknown rank or size."""
    return None if shape.rank is None else tuple(shape.as_list())
