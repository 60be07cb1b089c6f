"""Weights put onto the grids of integer encodings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from sizewise.compress.obs.calibration import Problem, constant_values
from sizewise.compress.obs.choices import choices
from sizewise.compress.obs.convolutions import Convolution, Transposed
from sizewise.compress.obs.free import Statistics
from sizewise.compress.obs.free.calibration import calibrated
from sizewise.compress.obs.grid import LEVELS, Grid, symmetric_scales, whole_grid
from sizewise.compress.obs.levels import in_encoding, nearest_in, rounded_problem
from sizewise.compress.obs.trace import kernel_names
from sizewise.domain import Array, Encoding, Graph, RoundedWeight, Rounding, Samples
from sizewise.errors import ConversionError, DataError

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Rounded:
    """Levels of weights by name, and what is worth knowing of how they were chosen."""

    weights: Mapping[str, RoundedWeight]
    notes: tuple[str, ...] = ()


def round_weights(
    graph: Graph, encoding: Encoding, calibrate: Samples | Statistics | None
) -> Rounded:
    """The levels that ``encoding``, uint8 of TensorFlow.js, gives the kernels of ``graph``.

    ``graph`` is the one that is written, in ops that TensorFlow runs. With rounding to nearest,
    kernels get ``encoding.levels`` levels over their whole range, and no samples are needed.
    Calibrated, each gets the grid of least squared error and its weights make good for one
    another's rounding and for those that ``encoding.sparsity`` removes; so do biases, on 256
    levels. Kernels with fewer than 16 weights an output, as those of depthwise convolutions, have
    256 levels then, too, and keep all weights: they are small. What is no kernel and no such bias
    is left to the writer. For want of samples, statistics of batch norms calibrate.

    Raises DataError where the samples do not do, and ConversionError where the graph cannot be
    run or a kernel holds NaN or infinity.
    """
    values = float32_values(graph)
    names = kernel_names(graph.graph_def) & values.keys()
    require_finite({name: values[name] for name in names}, encoding)
    if encoding.rounding is Rounding.NEAREST:
        return Rounded({name: nearest_levels(values[name], encoding) for name in names})
    if calibrate is None:
        raise DataError(
            f"{encoding.name} is calibrated, and there are no samples to calibrate with",
            advice="give some hundreds of samples; labels are not needed",
        )
    grids: dict[str, Grid] = {}

    def change(name: str, kernel: Array) -> Array:
        grids[name], chosen = nearest_in(kernel, encoding)
        return chosen

    def solve(problem: Problem) -> Array:
        bias = None
        if problem.bias is not None:
            grids[problem.bias] = bias = whole_grid(problem.weights[:, -1], LEVELS)
        grids[problem.name], chosen = in_encoding(problem, encoding, bias)
        return chosen

    changed, left_out = calibrated(graph, calibrate, solve, change)
    chosen = float32_values(changed)
    return Rounded(
        {name: on_grid(chosen[name], grid) for name, grid in grids.items() if name in values},
        notes_of(left_out, done_plainly(encoding)),
    )


def round_kernels(
    graph: Graph,
    encoding: Encoding,  # noqa: ARG001 - as round_weights has it
    calibrate: Samples | Statistics,
) -> Graph:
    """``graph`` with its kernels on the levels that TFLite's int8 kernels have.

    Those are 255 levels on either side of 0, with one scale for each output of a convolution or
    a dense layer. The largest weight of each output stays the largest, so that TFLite's converter
    finds the same scale, and the same levels, again. Biases, which TFLite stores in 32 bits, take
    any value. Batches of matrices and tables, which have one scale for all, are left to the
    converter, and so are three-dimensional convolutions, whose kernels TFLite keeps in float32.

    Raises what ``round_weights`` raises.
    """

    def solve(problem: Problem) -> Array:
        if not _has_scales(problem):
            return problem.weights
        kernel = problem.weights[:, : problem.inputs]
        scales = symmetric_scales(kernel)
        largest = np.abs(kernel).argmax(axis=1)[:, None]
        kept = np.zeros(kernel.shape, bool)
        np.put_along_axis(kept, largest, values=True, axis=1)
        choose = choices(problem, partial(_symmetric, scales=scales), None, kept=kept)
        return rounded_problem(problem, choose, scales[:, None], None)

    return calibrated(graph, calibrate, solve, lambda _, kernel: kernel)[0]


def _has_scales(problem: Problem) -> bool:
    """Whether TFLite stores a kernel in 8 bits, with a scale for each column of its matrices."""
    contraction = problem.contraction
    if isinstance(contraction, Convolution | Transposed):
        return len(contraction.size) == 2
    return len(problem.weights) == 1


def done_plainly(encoding: Encoding) -> str:
    """What is done to a kernel of a calibrated encoding that cannot be calibrated."""
    if encoding.sparsity is None:
        return "rounded to the nearest level"
    return "its smallest weights removed, the others rounded to the nearest level"


def notes_of(left_out: tuple[str, ...], done: str) -> tuple[str, ...]:
    """What to say of kernels that were not calibrated."""
    if not left_out:
        return ()
    rest = len(left_out) - _SHOWN
    shown = ", ".join(left_out[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
    return (f"weight {shown}: {done}, as it cannot be calibrated",)


def _symmetric(values: Array, scales: Array) -> Array:
    found: Array = np.clip(np.rint(values / scales), -127, 127) * scales
    return found


def nearest_levels(kernel: Array, encoding: Encoding) -> RoundedWeight:
    """A kernel in an encoding that is not calibrated."""
    grid, chosen = nearest_in(kernel, encoding)
    return on_grid(chosen, grid)


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
