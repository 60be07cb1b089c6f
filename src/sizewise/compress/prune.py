"""Magnitude pruning: the weights nearest to zero become zero."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial

import numpy as np

from sizewise.compress.kernels import input_axes, kernels, map_kernels
from sizewise.domain import Array, Graph, Pattern, Prune, Scope
from sizewise.errors import ConversionError


def prune_graph(step: Prune, graph: Graph) -> Graph:
    """A copy of ``graph`` with its kernels pruned as ``step`` says: each on its own, all by one
    threshold, or to an N:M pattern.

    Biases, batch-norm statistics and all else that is no kernel stay as they are. A pattern
    runs along the inputs of convolutions and dense layers; depthwise kernels, of which every
    output has a single input channel, embeddings and kernels that are reshaped on their way
    have no such axis and stay as they are.
    """
    if step.pattern is not None:
        axes, pattern = input_axes(graph), step.pattern
        return map_kernels(
            lambda name, weights: (
                prune_to_pattern(weights, pattern, axes[name]) if name in axes else weights
            ),
            graph,
        )
    assert step.sparsity is not None, "a step has either a sparsity or a pattern"
    if step.scope is Scope.GLOBAL:
        return _prune_globally(graph, step.sparsity)
    return map_kernels(lambda _, weights: prune_array(weights, step.sparsity or 0), graph)


def check_pruned(step: Prune, graph: Graph) -> None:
    """Raise ConversionError where a kernel has fewer zeros than ``step`` asks for, or there is
    no kernel that it could apply to.
    """
    if step.pattern is not None:
        _check_pattern(step.name, step.pattern, graph)
        return
    assert step.sparsity is not None, "a step has either a sparsity or a pattern"
    counts = [
        (name, weights.size, weights.size - int(np.count_nonzero(weights)))
        for name, weights in kernels(graph)
    ]
    if not counts:
        raise no_kernel(step.name)
    if step.scope is Scope.GLOBAL:
        counts = [("all kernels", sum(c[1] for c in counts), sum(c[2] for c in counts))]
    for name, size, zeros in counts:
        if zeros < zeros_wanted(size, step.sparsity):
            raise ConversionError(f"{step.name} left {zeros} zeros of {size} in {name}")


def no_kernel(step_name: str) -> ConversionError:
    """A step found nothing to work on."""
    return ConversionError(
        f"{step_name} found no kernel in the graph",
        advice="leave the transform out for this model",
    )


def _check_pattern(step_name: str, pattern: Pattern, graph: Graph) -> None:
    axes = input_axes(graph)
    found = False
    for name, weights in kernels(graph):
        if name not in axes:
            continue
        found = True
        dense = dense_groups(weights, pattern, axes[name])
        if dense:
            raise ConversionError(
                f"{step_name} left {dense} groups of {pattern.group} weights with more than "
                f"{pattern.kept} that are not 0 in {name}"
            )
    if not found:
        raise ConversionError(
            f"{step_name} found no kernel of a convolution or a dense layer in the graph",
            advice="leave the transform out for this model, or prune to a sparsity",
        )


def prune_array(weights: Array, sparsity: float) -> Array:
    """A copy of ``weights`` whose ``zeros_wanted`` values of smallest magnitude are 0.

    Of equal magnitudes the first in memory order go first. Zeros that are there already count,
    and NaN is larger than anything.
    """
    pruned = weights.copy()
    below = _smallest(_magnitudes(weights), zeros_wanted(weights.size, sparsity))
    pruned[below.reshape(weights.shape)] = 0
    return pruned


def prune_to_pattern(weights: Array, pattern: Pattern, axis: int) -> Array:
    """A copy of ``weights`` in which of each ``pattern.group`` consecutive values along ``axis``
    all but the ``pattern.kept`` of largest magnitude are 0.

    Of equal magnitudes the last stay. A last group that is incomplete, with r values, keeps
    r · kept / group of them, rounded up.
    """
    # Groups become rows: [..., groups, group].
    rows = np.moveaxis(weights, axis, -1)
    length = rows.shape[-1]
    pruned = rows.copy()
    for start, stop, group in _groups(length, pattern.group):
        part = rows[..., start:stop].reshape(*rows.shape[:-1], -1, group)
        kept = -(-pattern.kept * group // pattern.group)
        order = np.argsort(_magnitudes(part).reshape(part.shape), axis=-1, kind="stable")
        kept_part = part.copy()
        np.put_along_axis(kept_part, order[..., : group - kept], 0, axis=-1)
        pruned[..., start:stop] = kept_part.reshape(*rows.shape[:-1], -1)
    result: Array = np.ascontiguousarray(np.moveaxis(pruned, -1, axis))
    return result


def dense_groups(weights: Array, pattern: Pattern, axis: int) -> int:
    """How many whole groups along ``axis`` have more values other than 0 than the pattern keeps."""
    rows = np.moveaxis(weights, axis, -1)
    whole = rows.shape[-1] // pattern.group * pattern.group
    groups = rows[..., :whole].reshape(-1, pattern.group)
    return int((np.count_nonzero(groups, axis=-1) > pattern.kept).sum())


def _groups(length: int, group: int) -> list[tuple[int, int, int]]:
    """Start, stop and size of groups: of all whole ones together, and of the rest."""
    whole = length // group * group
    parts = [(0, whole, group), (whole, length, length - whole)]
    return [part for part in parts if part[0] < part[1]]


def _prune_globally(graph: Graph, sparsity: float) -> Graph:
    """Of all kernels' weights together, the smallest become 0."""
    magnitudes = {name: _magnitudes(weights) for name, weights in kernels(graph)}
    if not magnitudes:
        return graph
    total = np.concatenate([part.astype(np.float64) for part in magnitudes.values()])
    below = _smallest(total, zeros_wanted(total.size, sparsity))
    starts = np.cumsum([0, *(part.size for part in magnitudes.values())])
    masks = {
        name: below[start : start + magnitudes[name].size]
        for name, start in zip(magnitudes, starts, strict=False)
    }
    return map_kernels(partial(_zeroed, masks=masks), graph)


def _zeroed(name: str, weights: Array, masks: dict[str, Array]) -> Array:
    pruned = weights.copy()
    pruned[masks[name].reshape(weights.shape)] = 0
    return pruned


def _magnitudes(weights: Array) -> Array:
    """Flat, in the nearest type that NumPy sorts; bfloat16 is none of its own."""
    magnitudes: Array = np.abs(
        weights.astype(np.result_type(weights.dtype, np.float32), copy=False).ravel()
    )
    return magnitudes


def _smallest(magnitudes: Array, count: int) -> Array:
    """Which ``count`` of the flat ``magnitudes`` are the smallest, the first of equals first."""
    if count == 0:
        return np.zeros(magnitudes.shape, bool)
    threshold = np.partition(magnitudes, count - 1)[count - 1]
    below: Array = magnitudes < threshold
    ties = np.flatnonzero(magnitudes == threshold)[: count - int(np.count_nonzero(below))]
    below[ties] = True
    return below


def zeros_wanted(size: int, sparsity: float) -> int:
    """floor(``sparsity`` · ``size``), with ``sparsity`` as it is written in decimal.

    Rounded down, so that a kernel of a single weight is never removed altogether.
    """
    return math.floor(Fraction(str(sparsity)) * size)
