"""What is said about the constants of an artifact, tensor by tensor and as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sizewise.domain import Array, TensorReport


@dataclass(frozen=True, slots=True)
class WeightReport:
    """The constants of an artifact.

    ``weight_bytes`` is the bytes of all of them, ``overhead_bytes`` the rest of the artifact's
    files. ``sparsity`` is the share of zeros in all kernels together, ``distinct_values`` the
    largest number of different stored values in any of them; both are None where there is no
    kernel, or one whose values cannot be told.
    """

    weight_bytes: int
    overhead_bytes: int
    sparsity: float | None
    distinct_values: int | None
    tensors: tuple[TensorReport, ...]


def report_weights(tensors: Sequence[TensorReport], artifact_bytes: int) -> WeightReport:
    """The report on ``tensors``, each counted once, of an artifact of ``artifact_bytes``."""
    weight_bytes = sum(tensor.size_bytes for tensor in tensors)
    kernels = [tensor for tensor in tensors if tensor.is_kernel]
    zeros = [tensor.zeros for tensor in kernels if tensor.zeros is not None]
    distinct = [tensor.distinct for tensor in kernels if tensor.distinct is not None]
    elements = sum(tensor.elements for tensor in kernels)
    return WeightReport(
        weight_bytes=weight_bytes,
        overhead_bytes=artifact_bytes - weight_bytes,
        sparsity=sum(zeros) / elements if kernels and len(zeros) == len(kernels) else None,
        distinct_values=max(distinct) if kernels and len(distinct) == len(kernels) else None,
        tensors=tuple(tensors),
    )


class Count(NamedTuple):
    """What was counted in one tensor, as ``TensorReport`` has it."""

    zeros: int | None
    distinct: int | None


NOT_COUNTED = Count(None, None)


def is_zero(levels: Array) -> Array:
    """Which values are 0 as they stand: the meaning of unquantized numbers."""
    zero: Array = levels == 0
    return zero


def count_values(stored: Array, means_zero: Callable[[Array], Array] = is_zero) -> Count:
    """Zeros and distinct values of an array of any numeric type.

    ``means_zero`` maps the distinct stored values, sorted, to whether each stands for 0.
    """
    levels, occurrences = np.unique(stored, return_counts=True)
    return Count(int(occurrences[means_zero(levels)].sum()), len(levels))
