"""Encodings that cannot be made of a graph, known before a converter is asked."""

from __future__ import annotations

from sizewise.convert.checks import is_finite
from sizewise.convert.tflite import aeq, lite
from sizewise.convert.tflite.batch import has_tensor_lists
from sizewise.convert.tflite.values import values_of
from sizewise.domain import CALIBRATED_ENCODINGS, Graph, weight_names

_LOOPS = frozenset(["Enter", "While", "StatelessWhile"])


def refused_encodings(graph: Graph) -> dict[str, str]:
    """Encodings and why they cannot be made: weights that are not finite, loops to calibrate."""
    known = (*lite.ENCODINGS, *aeq.RECIPES)
    if name := _not_finite(graph):
        return {
            encoding: f"weight {name!r} holds NaN or infinity, which {encoding} cannot store; "
            "train or export the model again, or use float32"
            for encoding in known
            if encoding != "float32"
        }
    refused = {}
    if any(node.op in _LOOPS for node in graph.skeleton.node):
        refused["aeq_int8"] = "ai-edge-quantizer cannot calibrate a model with a loop"
    if has_tensor_lists(graph):
        refused |= {
            encoding: "TensorFlow's converter crashes when it calibrates a recurrent network; "
            "dynamic_int8 needs no calibration"
            for encoding in lite.ENCODINGS
            if encoding in CALIBRATED_ENCODINGS
        }
    return refused


def _not_finite(graph: Graph) -> str | None:
    """The first weight that holds NaN or infinity; a mask of -inf is no weight."""
    kernels = values_of(graph, weight_names(graph.skeleton.node))
    return next((name for name, values in kernels if not is_finite(values)), None)
