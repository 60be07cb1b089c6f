"""What a conversion can be told besides the encoding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SHARD_BYTES = 4 * 1024 * 1024
"""Largest size of a weight file of TensorFlow.js: what browsers still cache."""


@dataclass(frozen=True, slots=True)
class ConversionOptions:
    """Options of the converters; what is left out is what their command lines do unasked.

    For TensorFlow.js: ``weight_shard_bytes`` is the largest size of a weight file, 1 or more.
    ``metadata`` goes into ``model.json`` as ``userDefinedMetadata``. ``structured_outputs`` adds
    the names of the outputs to it, by which ``predict`` then returns them. ``skip_op_check`` lets
    ops pass that TensorFlow.js does not know. ``strip_debug_ops`` drops those that only check or
    print (Assert, CheckNumerics, Print), which it does not have. ``control_flow_v2`` keeps loops
    and branches as functions instead of lowering them to the ops of TensorFlow 1.

    For TFLite: ``select_tf_ops`` lets a file use TensorFlow's own kernels where TFLite has none;
    such a file runs only where these are linked in.
    """

    weight_shard_bytes: int = SHARD_BYTES
    metadata: Mapping[str, Any] = field(default_factory=dict)
    structured_outputs: bool = False
    skip_op_check: bool = False
    strip_debug_ops: bool = True
    control_flow_v2: bool = False
    select_tf_ops: bool = False

    def __post_init__(self) -> None:
        if self.weight_shard_bytes < 1:
            raise ValueError(f"a weight file of {self.weight_shard_bytes} bytes cannot be written")


DEFAULT_OPTIONS = ConversionOptions()
