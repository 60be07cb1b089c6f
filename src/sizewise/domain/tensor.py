"""One constant of an artifact, as it was read back."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorReport:
    """One constant of an artifact, as its bytes have it.

    ``dtype`` is the stored type (``uint8`` for a float32 weight of eight bits, ``int4``,
    ``string``); ``quantized`` says that its integers stand for real numbers by a scale, which
    is never so for float16. ``size_bytes`` is what it occupies in the file. ``is_kernel`` is
    true for kernels, embeddings and projection matrices, false for biases, shapes and
    statistics.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    size_bytes: int
    quantized: bool
    is_kernel: bool
    zeros: int | None
    """Elements that stand for 0 exactly; None where the format leaves no way to tell."""
    distinct: int | None
    """Number of different stored values; None for what is not numeric."""
    used_by: str | None = None
    """The first node that takes it: in TF.js by its name, in TFLite, where only tensors have
    names, by that of its output. None where nothing takes it, or no graph says so.
    """
    distinct_per_channel: int | None = None
    """The most different stored values in any one channel, where each has a scale of its own
    and equal integers of two channels stand for unequal numbers; else None.
    """
    inputs: int | None = None
    """How many weights each output has, of the kernel of a convolution or a dense layer in a TF.js
    graph model; None for all else.
    """
    dense_groups: int | None = None
    """Groups of an N:M pattern that was asked about with more than N values other than 0; None
    where none was, and for kernels without an axis of inputs.
    """

    @property
    def elements(self) -> int:
        """Number of elements of the shape."""
        return math.prod(self.shape)
