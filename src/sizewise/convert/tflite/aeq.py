"""ai-edge-quantizer, which makes quantized files from the float32 file."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from typing import Any, TypeAlias

import numpy as np

from sizewise.convert.tflite.feeds import Feeds
from sizewise.convert.tflite.signature import SIGNATURE_KEY
from sizewise.errors import ConversionError

Ranges: TypeAlias = dict[str, dict[str, Any]]
"""``min`` and ``max`` of each tensor by its name."""

CALIBRATION_ROWS = 10
"""Samples in one call, where the batch is dynamic: each call makes an interpreter, which keeps
every tensor."""

RECIPES: Mapping[str, str] = {
    "weight_int8": "weight_only_wi8_afp32",
    "weight_int4": "weight_only_wi4_afp32",
    "aeq_dynamic_int8": "dynamic_wi8_afp32",
    "aeq_int8": "static_wi8_ai8",
}
"""The library's recipe for each encoding."""


def quantize(float_file: bytes, encoding: str, calibration: Callable[[], Any]) -> bytes:
    """The float32 file with the weights stored as ``encoding`` says.

    ``calibration`` is asked for what ``calibrate`` found where the recipe needs it. Raises
    ConversionError where the recipe changes nothing, as for a model without a weight that it
    takes.
    """
    quantizer = _quantizer(float_file, encoding)
    ranges = calibration() if quantizer.need_calibration else None
    with _quiet():
        quantized = quantizer.quantize(ranges, enable_progress_report=False)
    content = bytes(quantized.quantized_model)
    if content == float_file:
        raise ConversionError(
            f"ai-edge-quantizer finds nothing in the model that {encoding} applies to"
        )
    return content


def calibrate(float_file: bytes, feeds: Feeds) -> Ranges:
    """The range of each tensor of the float32 file: its extremes on all of ``feeds``.

    The library itself would average the extremes of its calls, and so cut off what lies beyond;
    TensorFlow's converter takes the extremes, too.
    """
    quantizer = _quantizer(float_file, "aeq_int8")
    ranges: Ranges = {}
    for feed in feeds:
        with _quiet():
            found = quantizer.calibrate({SIGNATURE_KEY: [feed]})
        for name, bounds in found.items():
            known = ranges.setdefault(name, dict(bounds))
            for bound, wider in (("min", np.minimum), ("max", np.maximum)):
                if bound in bounds:
                    known[bound] = wider(known[bound], bounds[bound])
    return ranges


@contextmanager
def _quiet() -> Iterator[None]:
    """Without progress bars, and without warnings of what calibration is known to need."""
    with redirect_stderr(io.StringIO()), warnings.catch_warnings(action="ignore"):
        yield


def _quantizer(float_file: bytes, encoding: str) -> Any:
    from ai_edge_quantizer import quantizer, recipe

    return quantizer.Quantizer(float_file, getattr(recipe, RECIPES[encoding])())
