"""Signatures: which one is meant, and what a concrete function's is."""

from __future__ import annotations

from typing import Any

from sizewise.domain import Signature, TensorSpec
from sizewise.errors import SourceError, did_you_mean

DEFAULT_SIGNATURE = "serving_default"
"""The name that TensorFlow gives to the signature of a model that has only one."""


def require_default(wanted: str | None, what: str) -> None:
    """Raise SourceError where another signature is wanted of ``what``, which has only one."""
    if wanted not in (None, DEFAULT_SIGNATURE):
        raise SourceError(
            f"{what} has no signature {wanted!r}",
            advice=f"leave signature out; its only one is called {DEFAULT_SIGNATURE}",
        )


def choose_signature(known: list[str], wanted: str | None, what: str = "the SavedModel") -> str:
    """``wanted``; without it ``serving_default``, or the only one there is.

    Raises SourceError where there is no such signature, or none that goes without saying.
    """
    if not known:
        raise SourceError(
            f"{what} has no signature",
            advice="save it with tf.saved_model.save(model, folder, signatures=...)",
        )
    if wanted is not None:
        if wanted not in known:
            raise SourceError(
                f"{what} has no signature {wanted!r}; it has {', '.join(sorted(known))}",
                advice=did_you_mean(wanted, sorted(known)),
            )
        return wanted
    if DEFAULT_SIGNATURE in known:
        return DEFAULT_SIGNATURE
    if len(known) > 1:
        raise SourceError(
            f"{what} has several signatures, none of them {DEFAULT_SIGNATURE}",
            advice=f"name one with signature: {' or '.join(sorted(known))}",
        )
    return known[0]


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
