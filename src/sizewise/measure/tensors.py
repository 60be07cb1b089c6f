"""What is said about the constants of an artifact, tensor by tensor and as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sizewise.domain import Array, Pattern, TensorReport


@dataclass(frozen=True, slots=True)
class WeightReport:
    """The constants of an artifact.

    ``weight_bytes`` is the bytes of all of them, ``overhead_bytes`` the rest of the artifact's
    files. ``sparsity`` is the share of zeros in all kernels together, ``distinct_values`` the
    largest number of different stored values in any of them; both are None where there is no
    kernel, or one whose values cannot be told. ``quantized_share`` is the share of
    ``weight_bytes`` that are integers with a scale. ``bits_per_weight`` and its like for brotli
    are the bits of all kernels for each of their elements. ``wrappers`` are the parts of names
    in the graph that training's wrappers leave: ``prune_low_magnitude_conv``.
    """

    weight_bytes: int
    overhead_bytes: int
    sparsity: float | None
    distinct_values: int | None
    tensors: tuple[TensorReport, ...]
    quantized_share: float | None = None
    bits_per_weight: float | None = None
    bits_per_weight_brotli: float | None = None
    wrappers: tuple[str, ...] = ()


class Contents(NamedTuple):
    """What a reader finds in an artifact: its constants, the bytes of those that are kernels,
    and the wrappers in the names of its graph.
    """

    tensors: list[TensorReport]
    kernels: list[bytes]
    wrappers: tuple[str, ...]


def report_weights(
    contents: Contents, artifact_bytes: int, kernel_brotli_bytes: int | None
) -> WeightReport:
    """The report on ``contents``, each constant counted once, of an artifact of
    ``artifact_bytes`` whose kernels alone take ``kernel_brotli_bytes`` in brotli.
    """
    tensors = contents.tensors
    weight_bytes = sum(tensor.size_bytes for tensor in tensors)
    quantized = sum(tensor.size_bytes for tensor in tensors if tensor.quantized)
    kernels = [tensor for tensor in tensors if tensor.is_kernel]
    zeros = [tensor.zeros for tensor in kernels if tensor.zeros is not None]
    distinct = [tensor.distinct for tensor in kernels if tensor.distinct is not None]
    elements = sum(tensor.elements for tensor in kernels)

    def bits_for_each(size: int | None) -> float | None:
        return 8 * size / elements if elements and size is not None else None

    return WeightReport(
        weight_bytes=weight_bytes,
        overhead_bytes=artifact_bytes - weight_bytes,
        sparsity=sum(zeros) / elements if kernels and len(zeros) == len(kernels) else None,
        distinct_values=max(distinct) if kernels and len(distinct) == len(kernels) else None,
        tensors=tuple(tensors),
        quantized_share=quantized / weight_bytes if weight_bytes else None,
        bits_per_weight=bits_for_each(sum(tensor.size_bytes for tensor in kernels)),
        bits_per_weight_brotli=bits_for_each(kernel_brotli_bytes),
        wrappers=contents.wrappers,
    )


_WRAPPER = re.compile(r"(?:^|[/;])((?:prune_low_magnitude|cluster|quant)_[^/;:]+)")


def wrappers_in(names: Iterable[str]) -> tuple[str, ...]:
    """The parts of graph names that begin as the wrappers of fine-tuning name layers, sorted."""
    return tuple(sorted({found for name in names for found in _WRAPPER.findall(name)}))


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
    if stored.dtype == np.float16:
        # NumPy 2.1 does not sort long arrays of float16 where the processor has AVX512-FP16.
        stored = stored.astype(np.float32)
    levels, occurrences = np.unique(stored, return_counts=True)
    return Count(int(occurrences[means_zero(levels)].sum()), len(levels))


def count_dense_groups(is_zero: Array, pattern: Pattern, axis: int) -> int:
    """Whole groups along ``axis`` in which more values are not zero than ``pattern`` keeps."""
    rows = np.moveaxis(is_zero, axis, -1)
    whole = rows.shape[-1] // pattern.group * pattern.group
    zeros = np.count_nonzero(rows[..., :whole].reshape(-1, pattern.group), axis=-1)
    return int((pattern.group - zeros > pattern.kept).sum())


def most_distinct(stored: Array, axis: int) -> int:
    """The largest number of different values in any slice at one place of ``axis``."""
    slices = np.sort(np.moveaxis(stored, axis, 0).reshape(stored.shape[axis], -1), axis=1)
    changes = np.count_nonzero(slices[:, 1:] != slices[:, :-1], axis=1)
    return int(changes.max(initial=0)) + 1 if slices.size else 0
