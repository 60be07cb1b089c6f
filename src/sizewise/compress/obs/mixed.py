"""Weights rounded in different ways, each as a map of patterns says, and each on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from sizewise.compress.obs import rounding
from sizewise.compress.obs.calibration import Problem
from sizewise.compress.obs.choices import choices, one_by_one
from sizewise.compress.obs.free import Statistics
from sizewise.compress.obs.free.calibration import calibrated
from sizewise.compress.obs.grid import LEVELS, Grid, whole_grid
from sizewise.compress.obs.levels import (
    in_encoding,
    is_trifle,
    least_squares_grid,
    nearest_in,
    total_error,
)
from sizewise.compress.obs.pruning import pruned_problems
from sizewise.compress.obs.rounding import (
    Rounded,
    done_plainly,
    float32_values,
    nearest_levels,
    notes_of,
    on_grid,
    require_finite,
)
from sizewise.compress.obs.solver import better_columns, compensated, factored, refined
from sizewise.compress.obs.trace import kernel_names
from sizewise.compress.prune import zeros_wanted
from sizewise.domain import Array, Encoding, Graph, RoundedWeight, Rounding, Samples
from sizewise.errors import DataError
from sizewise.patterns import assigned

PLAIN = Encoding("float32")


def round_weights(
    graph: Graph, encoding: Encoding, calibrate: Samples | Statistics | None
) -> Rounded:
    """The levels of weights in ``encoding``, uint8 of TensorFlow.js or a map of patterns.

    Of a map, each kernel is rounded as its own part says, for what the kernels before it, rounded
    or not, let through. A bias takes part in its kernel's calibration where its part is calibrated,
    too, and stays as it is where not. For the rest see ``rounding.round_weights``, which also says
    what is raised; ConversionError besides, where the patterns do not fit the weights.
    """
    if encoding.patterns is None:
        return rounding.round_weights(graph, encoding, calibrate)
    values = float32_values(graph)
    keys, parts = assigned(list(values), encoding), encoding.parts
    own = {name: parts[keys[name]] if name in keys else PLAIN for name in values}
    kernels = kernel_names(graph.graph_def) & values.keys()
    for name in kernels:
        if own[name].is_rounded:
            require_finite({name: values[name]}, own[name])
    if encoding.is_calibrated:
        return _calibrated(graph, _Mix(own), calibrate)
    rounded = [name for name in kernels if own[name].is_rounded]
    return Rounded({name: nearest_levels(values[name], own[name]) for name in rounded})


class _Mix(NamedTuple):
    """The part of an encoding that each weight has."""

    own: Mapping[str, Encoding]

    def is_calibrated(self, name: str | None) -> bool:
        return name is not None and self.own[name].rounding is Rounding.GPTQ


def _calibrated(graph: Graph, mix: _Mix, calibrate: Samples | Statistics | None) -> Rounded:
    if calibrate is None:
        raise DataError(
            "the encoding is calibrated, and there are no samples to calibrate with",
            advice="give some hundreds of samples; labels are not needed",
        )
    grids: dict[str, Grid] = {}

    def change(name: str, kernel: Array) -> Array:
        part = mix.own[name]
        if part.is_rounded:
            grids[name], chosen = nearest_in(kernel, part)
            return chosen
        return stored(kernel, part.storage)

    def solve(problem: Problem) -> Array:
        if not mix.is_calibrated(problem.name):
            chosen = problem.weights.copy()
            kernel = problem.kernel(chosen)
            chosen[:, : problem.inputs] = problem.rows(change(problem.name, kernel))
            return chosen
        own, bias = problem, None
        if mix.is_calibrated(problem.bias):
            grids[str(problem.bias)] = bias = whole_grid(problem.weights[:, -1], LEVELS)
        else:
            own = _alone(problem)
        grids[problem.name], chosen = in_encoding(own, mix.own[problem.name], bias)
        return np.concatenate([chosen, problem.weights[:, chosen.shape[1] :]], axis=1)

    changed, left_out = calibrated(graph, calibrate, solve, change)
    chosen = float32_values(changed)
    plainly: dict[str, list[str]] = {}
    for name in left_out:
        if mix.is_calibrated(name):
            plainly.setdefault(done_plainly(mix.own[name]), []).append(name)
    return Rounded(
        {name: on_grid(chosen[name], grid) for name, grid in grids.items()},
        tuple(note for done, names in plainly.items() for note in notes_of(tuple(names), done)),
    )


@dataclass(frozen=True, slots=True)
class Alone:
    """A kernel in one encoding, and how much the outputs of its layer change by that on the
    calibration samples: squared, as a share of their own energy. None where that is not known.
    """

    weight: RoundedWeight
    change: float | None = None


def round_alone(
    graph: Graph, encodings: Sequence[Encoding], calibrate: Samples
) -> Mapping[str, Mapping[str, Alone]]:
    """Each kernel in each of ``encodings`` that can be its own, all other weights being exact.

    By kernel and then by the encoding's name. Biases stay as they are. One pass over the samples
    serves all of them, and weights are chosen without the search that ``round_weights`` makes, so
    that what comes of it is at the most as good. Kernels that can be calibrated are in the
    calibrated encodings alone, the others in those that are not; those that always have all levels
    are in one. Raises what ``round_weights`` raises.
    """
    values = float32_values(graph)
    kernels = kernel_names(graph.graph_def) & values.keys()
    require_finite({name: values[name] for name in kernels}, PLAIN)
    found: dict[str, dict[str, Alone]] = {name: {} for name in kernels}
    own = [encoding for encoding in encodings if encoding.rounding is Rounding.GPTQ]

    def solve(problem: Problem) -> Array:
        options = filter(_keeps_all, own) if is_trifle(problem) else own
        found[problem.name] = _quickly(_alone(problem), list(options))
        return problem.weights

    def change(name: str, kernel: Array) -> Array:
        found[name] = {
            encoding.name: Alone(nearest_levels(kernel, encoding))
            for encoding in encodings
            if encoding.rounding is Rounding.NEAREST
        }
        return kernel

    calibrated(graph, calibrate, solve, change)
    return found


def _keeps_all(encoding: Encoding) -> bool:
    """Whether an encoding has all levels and removes no weight."""
    return encoding.levels is None and encoding.sparsity is None


def _quickly(problem: Problem, encodings: Sequence[Encoding]) -> dict[str, Alone]:
    """The kernel of a problem without a bias, without a search for its weights or its grid, and
    with a single sweep.
    """
    regular = problem.regular
    order = factored(regular)
    energy = total_error(problem, np.zeros_like(problem.weights))
    shares = list(dict.fromkeys(each.sparsity for each in encodings if each.sparsity is not None))
    zeros = [zeros_wanted(problem.matrices.size, share) for share in shares]
    pruned = pruned_problems(problem, zeros) if shares else ()
    starts: dict[float | None, Array] = {None: problem.weights}
    starts.update(zip(shares, pruned, strict=True))
    found = {}
    for encoding in encodings:
        start = starts[encoding.sparsity]
        grid = least_squares_grid(problem, encoding.levels or LEVELS, start)
        choose = choices(problem, grid.nearest, None, gone=start == 0)
        weights = compensated(start, order, choose)
        weights = refined(problem.weights, weights, regular, choose, 1)
        plain = one_by_one(problem, choose)
        weights = better_columns(problem.weights, weights, plain, problem.moments)
        change = total_error(problem, weights) / energy if energy > 0 else 0.0
        kernel = problem.kernel(weights).astype(np.float32)
        found[encoding.name] = Alone(on_grid(kernel, grid), change)
    return found


def _alone(problem: Problem) -> Problem:
    """The problem of the kernel alone, whose bias nobody changes."""
    if problem.bias is None:
        return problem
    return replace(
        problem,
        bias=None,
        weights=problem.weights[:, :-1],
        moments=problem.moments[:, :-1, :-1],
    )


def stored(kernel: Array, storage: str) -> Array:
    """What a kernel is once it was stored plainly, as nearly as calibration needs it."""
    if storage == "float16":
        return kernel.astype(np.float16).astype(kernel.dtype)
    if storage == "uint16":
        return whole_grid(kernel, 1 << 16).nearest(kernel)
    return whole_grid(kernel).nearest(kernel) if storage == "uint8" else kernel
