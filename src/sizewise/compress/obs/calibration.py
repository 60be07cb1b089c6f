"""The kernels of a graph changed one after another, each for what reaches it by then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from sizewise.compress.obs.contractions import Contraction
from sizewise.compress.obs.moments import Counts, Moments, moments_of
from sizewise.compress.obs.running import Runner
from sizewise.compress.obs.schedule import groups
from sizewise.compress.obs.solver import DAMPING, damped
from sizewise.compress.obs.trace import Kernel, find_kernels
from sizewise.domain import Array, Graph, Samples
from sizewise.errors import DataError

FEWEST_SAMPLES = 8
"""Below that, second moments say next to nothing."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A kernel as matrices, with the second moments of what they are multiplied with.

    ``weights`` is [P, n, m] in float64 and ``moments`` [P, n, n]. Where there is a ``bias``, the
    name of a constant, it is the last row, whose input is always 1. ``matrices`` [P, n', m] says
    which elements of the kernel, of ``shape``, the rows without the bias are, and ``contraction``
    what the op makes of them.
    """

    name: str
    bias: str | None
    weights: Array
    moments: Array
    matrices: Array
    shape: tuple[int, ...]
    contraction: Contraction

    @property
    def inputs(self) -> int:
        """How many rows are the kernel's."""
        return int(self.matrices.shape[1])

    @property
    def regular(self) -> Array:
        """The moments, damped: positive definite."""
        if self.bias is None:
            return damped(self.moments)
        result = self.moments.copy()
        result[:, :-1, :-1] = damped(self.moments[:, :-1, :-1])
        # The bias is damped by as much of its own energy; its inputs' may be of another scale.
        result[:, -1, -1] *= 1 + DAMPING
        return result

    def kernel(self, weights: Array) -> Array:
        """The kernel that [P, n, m] are the matrices of."""
        flat = np.empty(self.matrices.size, weights.dtype)
        flat[self.matrices] = weights[:, : self.inputs]
        return flat.reshape(self.shape)

    def rows(self, kernel: Array) -> Array:
        """The matrices of a kernel, without a bias."""
        found: Array = kernel.reshape(-1)[self.matrices]
        return found


Solve: TypeAlias = Callable[[Problem], Array]
"""From a problem to other weights, [P, n, m]."""

Change: TypeAlias = Callable[[str, Array], Array]
"""From a kernel's name and values to other values, for want of moments."""


def calibrated(
    graph: Graph, samples: Samples, solve: Solve, change: Change
) -> tuple[Graph, tuple[str, ...]]:
    """A copy of ``graph`` with its kernels, and their biases, as ``solve`` has them.

    Kernels come in the order in which they are reached; each is solved for what the kernels before
    it, as they are by then, let through. Those that cannot be calibrated are what ``change`` makes
    of them; their names are given, too.

    Raises DataError where there are too few samples, where all are the same, and where what
    reaches a kernel is not finite; ConversionError where the graph cannot be run.
    """
    from threadpoolctl import threadpool_limits

    require_samples(samples)
    # Products as small as these take several threads of BLAS longer than one: they wait for one
    # another.
    with threadpool_limits(1, user_api="blas"):
        return _calibrated(graph, samples, solve, change)


def _calibrated(
    graph: Graph, samples: Samples, solve: Solve, change: Change
) -> tuple[Graph, tuple[str, ...]]:
    runner = Runner(graph, samples)
    kernels = find_kernels(runner.graph_def, runner.tensors.shape_of)
    left_out = tuple(kernel.name for kernel in kernels if not kernel.readers)
    values = constant_values(runner.graph_def)
    runner.replace({name: change(name, values[name]) for name in left_out})
    for group in groups(runner.graph_def, kernels):
        measured = _measured(runner, group)
        for kernel in group:
            moments = measured[kernel.name]
            if moments is None:
                # No sample takes the branch that it is in.
                runner.replace({kernel.name: change(kernel.name, values[kernel.name])})
                left_out = (*left_out, kernel.name)
                continue
            problem = problem_of(kernel, values, moments)
            runner.replace(constants_of(problem, solve(problem), values))
    return graph.with_graph_def(runner.graph_def), left_out


def require_samples(samples: Samples) -> None:
    """Raise DataError where ``samples`` are too few to calibrate with, or all the same."""
    if len(samples) < FEWEST_SAMPLES:
        raise DataError(
            f"{len(samples)} samples are too few to calibrate weights with",
            advice=f"give {FEWEST_SAMPLES} at the very least, and better some hundreds",
        )
    if all((values == values[:1]).all() for values in samples.inputs.values()):
        raise DataError(
            "the samples to calibrate with are all the same",
            advice="give samples as the model meets them in use",
        )


def constant_values(graph_def: Any) -> dict[str, Array]:
    """The values of all constants of the main graph that hold floating numbers."""
    import tensorflow as tf

    return {
        node.name: tf.make_ndarray(node.attr["value"].tensor)
        for node in graph_def.node
        if node.op == "Const" and tf.as_dtype(node.attr["dtype"].type).is_floating
    }


def _measured(runner: Runner, group: tuple[Kernel, ...]) -> Mapping[str, Array | None]:
    """The moments of each kernel, summed over its readers; None where nothing reached it."""
    found: dict[tuple[str, Contraction], Moments | Counts] = {}
    by_tensor: dict[str, list[Moments | Counts]] = {}
    for kernel in group:
        for reader in kernel.readers:
            key = (reader.activations, reader.contraction)
            if key not in found:
                found[key] = moments_of(reader.contraction)
                by_tensor.setdefault(reader.activations, []).append(found[key])

    def see(tensor: str, activations: Array, samples: int) -> None:
        for moments in by_tensor[tensor]:
            moments.add(activations, samples)

    readers = [reader.node for kernel in group for reader in kernel.readers]
    runner.watch(list(by_tensor), readers, see)
    result: dict[str, Array | None] = {}
    for kernel in group:
        totals = [
            moments.total
            for reader in kernel.readers
            if (moments := found[reader.activations, reader.contraction]).total is not None
        ]
        result[kernel.name] = np.sum(totals, axis=0) if totals else None
    return result


def problem_of(kernel: Kernel, values: Mapping[str, Array], moments: Array) -> Problem:
    """The problem of a kernel, ``moments`` being those with a 1 for a bias at the end.

    Raises DataError where they are not finite.
    """
    if not np.isfinite(moments).all():
        raise DataError(
            f"what reaches the weights {kernel.name} on the calibration samples is not finite",
            advice="look for NaN, infinity or values beyond the model's range in the samples",
        )
    matrices, known = kernel.readers[0].matrices, values[kernel.name].astype(np.float64)
    weights = known.reshape(-1)[matrices]
    if kernel.bias is None:
        moments = moments[:, :-1, :-1]
    else:
        bias = values[kernel.bias].astype(np.float64).reshape(len(weights), 1, -1)
        weights = np.concatenate([weights, bias], axis=1)
    contraction = kernel.readers[0].contraction
    return Problem(kernel.name, kernel.bias, weights, moments, matrices, known.shape, contraction)


def constants_of(problem: Problem, chosen: Array, values: Mapping[str, Array]) -> dict[str, Array]:
    """The constants that ``chosen`` are the values of."""
    solved = {problem.name: problem.kernel(chosen)}
    if problem.bias is not None:
        solved[problem.bias] = chosen[:, -1].reshape(values[problem.bias].shape)
    return solved
