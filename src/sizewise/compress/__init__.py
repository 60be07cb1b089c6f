"""Transforms: weights in, cheaper weights out.

``train`` changes Keras models by training them, ``apply_transform`` frozen graphs; ``obs`` holds
what looks at a layer's inputs, rounding for the converters among it. Importing this room does not
import TensorFlow.
"""

from sizewise.compress.apply import STEPS, apply_transform
from sizewise.compress.cluster import cluster_array
from sizewise.compress.obs import (
    Alone,
    Rounded,
    Statistics,
    batch_norm_statistics,
    round_alone,
    round_kernels,
    round_weights,
)
from sizewise.compress.prune import prune_array, prune_to_pattern
from sizewise.compress.training import Trained, train

__all__ = [
    "STEPS",
    "Alone",
    "Rounded",
    "Statistics",
    "Trained",
    "apply_transform",
    "batch_norm_statistics",
    "cluster_array",
    "prune_array",
    "prune_to_pattern",
    "round_alone",
    "round_kernels",
    "round_weights",
    "train",
]
