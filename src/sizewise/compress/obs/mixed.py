"""Weights rounded in different ways, each as a map of patterns says, and each on its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sizewise.compress.obs import rounding
from sizewise.compress.obs.calibration import Problem, calibrated
from sizewise.compress.obs.choices import choices
from sizewise.compress.obs.grid import LEVELS, Grid, whole_grid
from sizewise.compress.obs.rounding import (
    FEWEST_INPUTS,
    Rounded,
    float32_values,
    least_squares_grid,
    notes_of,
    on_best_grid,
    on_grid,
    require_finite,
    rounded_problem,
)
from sizewise.compress.obs.trace import kernel_names
from sizewise.domain import Array, Encoding, Graph, RoundedWeight, Rounding, Samples
from sizewise.errors import DataError
from sizewise.patterns import assigned

PLAIN = Encoding("float32")


def round_weights(graph: Graph, encoding: Encoding, calibrate: Samples | None) -> Rounded:
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
    return Rounded(
        {
            name: on_grid(values[name], whole_grid(values[name], own[name].levels or LEVELS))
            for name in kernels
            if own[name].is_rounded
        }
    )


class _Mix(NamedTuple):
    """The part of an encoding that each weight has."""

    own: Mapping[str, Encoding]

    def is_calibrated(self, name: str | None) -> bool:
        return name is not None and self.own[name].rounding is Rounding.GPTQ


def _calibrated(graph: Graph, mix: _Mix, calibrate: Samples | None) -> Rounded:
    if calibrate is None:
        raise DataError(
            "the encoding is calibrated, and there are no samples to calibrate with",
            advice="give some hundreds of samples; labels are not needed",
        )
    grids: dict[str, Grid] = {}

    def change(name: str, kernel: Array) -> Array:
        part = mix.own[name]
        if part.is_rounded:
            grids[name] = whole_grid(kernel, part.levels or LEVELS)
            return grids[name].nearest(kernel)
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
        levels = _levels(problem, mix.own[problem.name])
        grids[problem.name], chosen = on_best_grid(own, levels, bias)
        return np.concatenate([chosen, problem.weights[:, chosen.shape[1] :]], axis=1)

    changed, left_out = calibrated(graph, calibrate, solve, change)
    chosen = float32_values(changed)
    wanted = tuple(name for name in left_out if mix.is_calibrated(name))
    return Rounded(
        {name: on_grid(chosen[name], grid) for name, grid in grids.items()},
        notes_of(wanted, "rounded to the nearest level"),
    )


def round_alone(
    graph: Graph, encodings: Sequence[Encoding], calibrate: Samples
) -> Mapping[str, Mapping[str, RoundedWeight]]:
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
    found: dict[str, dict[str, RoundedWeight]] = {name: {} for name in kernels}

    def solve(problem: Problem) -> Array:
        found[problem.name] = {
            encoding.name: _quickly(_alone(problem), encoding)
            for encoding in encodings
            if encoding.rounding is Rounding.GPTQ
            and _levels(problem, encoding) == (encoding.levels or LEVELS)
        }
        return problem.weights

    def change(name: str, kernel: Array) -> Array:
        found[name] = {
            encoding.name: on_grid(kernel, whole_grid(kernel, encoding.levels or LEVELS))
            for encoding in encodings
            if encoding.rounding is Rounding.NEAREST
        }
        return kernel

    calibrated(graph, calibrate, solve, change)
    return found


def _quickly(problem: Problem, encoding: Encoding) -> RoundedWeight:
    """The kernel of a problem without a bias, without a search for its weights or its grid."""
    grid = least_squares_grid(problem, _levels(problem, encoding))
    weights = rounded_problem(problem, choices(problem, grid.nearest, None), None, None)
    return on_grid(problem.kernel(weights).astype(np.float32), grid)


def _levels(problem: Problem, encoding: Encoding) -> int:
    return (encoding.levels or LEVELS) if problem.inputs >= FEWEST_INPUTS else LEVELS


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
