"""Weights put onto the grids of integer encodings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from sizewise.compress.obs.calibration import Problem, calibrated, constant_values
from sizewise.compress.obs.choices import choices, one_by_one
from sizewise.compress.obs.contractions import Convolution
from sizewise.compress.obs.grid import LEVELS, Grid, best_grid, symmetric_scales, whole_grid
from sizewise.compress.obs.solver import (
    Choose,
    better_columns,
    column_errors,
    compensated,
    factored,
    refined,
    searched,
)
from sizewise.compress.obs.trace import kernel_names
from sizewise.domain import Array, Encoding, Graph, RoundedWeight, Rounding, Samples
from sizewise.errors import ConversionError, DataError

SWEEPS = 3
"""Sweeps of coordinate descent after the weights were chosen one after another."""

FEWEST_INPUTS = 16
"""Fewer weights of an output can hardly make good for one another: they get all levels."""

TRIAL_WORK = 3e6
"""Several grids are tried where inputs times weights are no more than that."""

_SHARES: tuple[float, ...] = (0.9, 0.95, 1.05, 1.1)
_WIDE_SHARES: tuple[float, ...] = (0.98, 1.02, 1.04)
"""Of the scale of a grid: those that are tried beside it."""

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Rounded:
    """Levels of weights by name, and what is worth knowing of how they were chosen."""

    weights: Mapping[str, RoundedWeight]
    notes: tuple[str, ...] = ()


def round_weights(graph: Graph, encoding: Encoding, calibrate: Samples | None) -> Rounded:
    """The levels that ``encoding``, uint8 of TensorFlow.js, gives the kernels of ``graph``.

    ``graph`` is the one that is written, in ops that TensorFlow runs. With rounding to nearest,
    kernels get ``encoding.levels`` levels over their whole range, and no samples are needed.
    Calibrated, each gets the grid of least squared error and its weights make good for one
    another's rounding; so do biases, on 256 levels. Kernels with fewer than 16 weights an output,
    as those of depthwise convolutions, have 256 levels then, too: they are small. What is no
    kernel and no such bias is left to the writer.

    Raises DataError where the samples do not do, and ConversionError where the graph cannot be
    run or a kernel holds NaN or infinity.
    """
    levels = encoding.levels or LEVELS
    values = float32_values(graph)
    names = kernel_names(graph.graph_def) & values.keys()
    require_finite({name: values[name] for name in names}, encoding)
    if encoding.rounding is Rounding.NEAREST:
        grids = {name: whole_grid(values[name], levels) for name in names}
        return Rounded({name: on_grid(values[name], grid) for name, grid in grids.items()})
    if calibrate is None:
        raise DataError(
            f"{encoding.name} is calibrated, and there are no samples to calibrate with",
            advice="give some hundreds of samples; labels are not needed",
        )
    grids = {}

    def change(name: str, kernel: Array) -> Array:
        grids[name] = whole_grid(kernel, levels)
        return grids[name].nearest(kernel)

    def solve(problem: Problem) -> Array:
        own = levels if problem.inputs >= FEWEST_INPUTS else LEVELS
        bias = None
        if problem.bias is not None:
            grids[problem.bias] = bias = whole_grid(problem.weights[:, -1], LEVELS)
        grids[problem.name], chosen = on_best_grid(problem, own, bias)
        return chosen

    changed, left_out = calibrated(graph, calibrate, solve, change)
    chosen = float32_values(changed)
    return Rounded(
        {name: on_grid(chosen[name], grid) for name, grid in grids.items() if name in values},
        notes_of(left_out, "rounded to the nearest level"),
    )


def round_kernels(graph: Graph, encoding: Encoding, calibrate: Samples) -> Graph:  # noqa: ARG001
    """``graph`` with its kernels on the levels that TFLite's int8 kernels have.

    Those are 255 levels on either side of 0, with one scale for each output of a convolution or
    a dense layer. The largest weight of each output stays the largest, so that TFLite's converter
    finds the same scale, and the same levels, again. Biases, which TFLite stores in 32 bits, take
    any value. Batches of matrices, which have one scale for all, are left to the converter.

    Raises what ``round_weights`` raises.
    """

    def solve(problem: Problem) -> Array:
        if len(problem.weights) > 1 and not isinstance(problem.contraction, Convolution):
            return problem.weights
        kernel = problem.weights[:, : problem.inputs]
        scales = symmetric_scales(kernel)
        largest = np.abs(kernel).argmax(axis=1)[:, None]
        kept = np.zeros(kernel.shape, bool)
        np.put_along_axis(kept, largest, values=True, axis=1)
        choose = choices(problem, partial(_symmetric, scales=scales), None, kept)
        return rounded_problem(problem, choose, scales[:, None], None)

    return calibrated(graph, calibrate, solve, lambda _, kernel: kernel)[0]


def on_best_grid(problem: Problem, levels: int, bias: Grid | None) -> tuple[Grid, Array]:
    """The grid on which the outputs change least, and the weights of ``problem`` on it.

    Of a small kernel several are tried: the one of least squared error of the weights, wider and
    narrower ones, and the one over the whole range. Of a large one it is the first. With all
    levels, kernels that are no trifle get the whole range or nearly so: a narrower one would
    spread the weights over more levels, and so cost bytes once the file is compressed.
    """
    first, shares = least_squares_grid(problem, levels), _SHARES
    whole = whole_grid(problem.weights[:, : problem.inputs], levels)
    if levels == LEVELS and problem.inputs >= FEWEST_INPUTS:
        first, shares = whole, _WIDE_SHARES
    grids = [first]
    if problem.weights.size * problem.inputs <= TRIAL_WORK:
        grids += [*(first.scaled(share) for share in shares), whole]
    found = []
    for grid in grids:
        choose = choices(problem, grid.nearest, bias)
        chosen = rounded_problem(problem, choose, grid.scale, bias)
        found.append((column_errors(problem.weights, chosen, problem.moments).sum(), grid, chosen))
    _, best, chosen = min(found, key=lambda one: one[0])
    return best, chosen


def rounded_problem(
    problem: Problem, choose: Choose, step: Array | float | None, bias: Grid | None
) -> Array:
    """The weights of ``problem`` where ``choose`` allows them, each making good for the others.

    ``step`` is how far apart the values are that a weight may have, None where that varies, and
    ``bias`` the grid of the bias, None where it is free. No output changes more, on the
    calibration samples, than if each weight had gone to the nearest value.
    """
    plain = one_by_one(problem, choose)
    regular = problem.regular
    row = None if problem.bias is None else problem.inputs
    # A bias on a grid is rounded first, while all others can make good for it; a free one last.
    order = factored(regular, first=row) if bias is not None else factored(regular, last=row)
    if step is None:
        chosen = compensated(problem.weights, order, choose)
    else:
        steps = np.zeros(problem.weights.shape)
        steps[:, : problem.inputs] = step
        steps[:, problem.inputs :] = 0.0 if bias is None else bias.scale
        chosen = searched(problem.weights, order, choose, steps)
    chosen = refined(problem.weights, chosen, regular, choose, SWEEPS)
    return better_columns(problem.weights, chosen, plain, problem.moments)


def notes_of(left_out: tuple[str, ...], done: str) -> tuple[str, ...]:
    """What to say of kernels that were not calibrated."""
    if not left_out:
        return ()
    rest = len(left_out) - _SHOWN
    shown = ", ".join(left_out[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
    return (f"weight {shown}: {done}, as it cannot be calibrated",)


def least_squares_grid(problem: Problem, levels: int) -> Grid:
    """The grid for a kernel of least squared error, inputs of more energy counting for more."""
    kernel = problem.weights[:, : problem.inputs]
    energy = np.diagonal(problem.moments, axis1=-2, axis2=-1)[:, : problem.inputs, None]
    return best_grid(kernel, np.broadcast_to(energy, kernel.shape), levels)


def _symmetric(values: Array, scales: Array) -> Array:
    found: Array = np.clip(np.rint(values / scales), -127, 127) * scales
    return found


def on_grid(values: Array, grid: Grid) -> RoundedWeight:
    """``values`` at the nearest levels of ``grid``."""
    return RoundedWeight(grid.codes(values), grid.scale, grid.minimum)


def float32_values(graph: Graph) -> dict[str, Array]:
    """The constants that are stored as float32: those of other floating types are, too."""
    return {
        name: values.astype(np.float32)
        for name, values in constant_values(graph.graph_def).items()
        if values.size
    }


def require_finite(kernels: Mapping[str, Array], encoding: Encoding) -> None:
    """Raise ConversionError where a kernel holds NaN or infinity."""
    for name, values in kernels.items():
        if not np.isfinite(values).all():
            raise ConversionError(
                f"weight {name!r} holds NaN or infinity, which {encoding.storage} cannot store",
                advice="train or export the model again, or use float32",
            )
