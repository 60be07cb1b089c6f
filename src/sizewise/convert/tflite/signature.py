"""Names and shapes of a TFLite file, held against the model's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sizewise.domain import Signature, TensorSpec
from sizewise.errors import ConversionError

SIGNATURE_KEY = "serving_default"
"""What TensorFlow's converter calls the one signature of a file."""

_INPUT_NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_./>-]*")
"""Names of TensorFlow's nodes; the converter drops the signature where an input has another."""


def check_names(signature: Signature) -> None:
    """Raise ConversionError for an input name that a file cannot carry."""
    for spec in signature.inputs:
        if not _INPUT_NAME.fullmatch(spec.name):
            raise ConversionError(
                f"a TFLite file cannot carry the input name {spec.name!r}",
                advice="use letters, digits and . _ / - and no _ at the start",
            )


def fixed_batch(signature: Signature) -> int | None:
    """The number of samples that the inputs are fixed to, or None."""
    sizes = [spec.shape[0] for spec in signature.inputs if spec.shape]
    return next((size for size in sizes if size is not None), None)


def read_signature(content: bytes, expected: Signature) -> Signature:
    """The signature in the file ``content``, in the order of ``expected``.

    Raises ConversionError where an input or output is missing or has another name.
    """
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_content=content).get_signature_runner(SIGNATURE_KEY)
    return Signature(
        expected.name,
        _bound(expected.inputs, runner.get_input_details(), "input"),
        _bound(expected.outputs, runner.get_output_details(), "output"),
    )


def _bound(
    specs: Sequence[TensorSpec], details: Mapping[str, Mapping[str, Any]], side: str
) -> tuple[TensorSpec, ...]:
    names = {spec.name for spec in specs}
    if names != set(details):
        raise ConversionError(
            f"the {side}s {sorted(names)} became {sorted(details)} in the TFLite file"
        )
    return tuple(_spec(spec.name, details[spec.name]) for spec in specs)


def _spec(name: str, detail: Mapping[str, Any]) -> TensorSpec:
    shape = tuple(None if size < 0 else int(size) for size in detail["shape_signature"])
    dtype = np.dtype(detail["dtype"]).name
    return TensorSpec(name, detail["name"], "string" if dtype == "bytes" else dtype, shape)
