"""Samples in, chunks through a model, outputs together again: what all runtimes do alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sizewise.domain import Array, Signature
from sizewise.errors import DataError

INPUT_BYTES_PER_RUN = 16 * 1024 * 1024
"""How many bytes of inputs go through a model at once: intermediate results take many times
as much, and WebAssembly ends at 4 GiB."""

Arrays = Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Batching:
    """How samples go through a model: ``rows`` at once; ``padded`` where it takes no fewer."""

    rows: int
    padded: bool


def count_samples(names: Iterable[str], inputs: Arrays) -> int:
    """The number of samples in ``inputs``, first axis the samples.

    Raises DataError where an input is missing or unknown, lengths differ, or there are none.
    """
    expected = sorted(names)
    if sorted(inputs) != expected:
        raise DataError(
            f"the samples have the inputs {', '.join(sorted(inputs)) or 'none'}",
            advice=f"the model takes {', '.join(expected)}",
        )
    lengths = {len(array) if array.ndim else 0 for array in inputs.values()}
    if len(lengths) != 1:
        raise DataError(f"the inputs differ in their number of samples: {sorted(lengths)}")
    (count,) = lengths
    if count == 0:
        raise DataError("there are no samples to run the model on")
    return count


def plan(
    shapes: Iterable[Sequence[int | None] | None], inputs: Arrays, batch_size: int
) -> Batching:
    """How to run ``inputs`` through a model whose inputs have ``shapes``.

    A first dimension that is fixed decides; else it is ``batch_size`` rows, or fewer where they
    would exceed ``INPUT_BYTES_PER_RUN``. Raises DataError where fixed dimensions differ, or an
    input has no dimension for the samples.
    """
    fixed: set[int] = set()
    for shape in shapes:
        if shape is not None and len(shape) == 0:
            raise DataError("an input of the model is a scalar: it has no axis for the samples")
        if shape is not None and shape[0] is not None:
            fixed.add(shape[0])
    if len(fixed) > 1:
        raise DataError(f"the model's inputs have different fixed batch sizes: {sorted(fixed)}")
    if fixed:
        return Batching(fixed.pop(), padded=True)
    sample_bytes = sum(array.nbytes // len(array) for array in inputs.values())
    return Batching(
        max(1, min(batch_size, INPUT_BYTES_PER_RUN // max(1, sample_bytes))), padded=False
    )


def batching_for(signature: Signature, inputs: Arrays, batch_size: int) -> Batching:
    """How to run ``inputs`` through the model that ``signature`` describes.

    Raises DataError where they do not fit it; see ``count_samples`` and ``plan``.
    """
    count_samples((spec.name for spec in signature.inputs), inputs)
    return plan((spec.shape for spec in signature.inputs), inputs, batch_size)


def first_rows(inputs: Arrays, batching: Batching) -> dict[str, Array]:
    """What latency is measured on: one sample, repeated where the model takes no fewer rows."""
    rows = batching.rows if batching.padded else 1
    return {name: np.repeat(array[:1], rows, axis=0) for name, array in inputs.items()}


def chunks(inputs: Arrays, batching: Batching) -> Iterator[tuple[dict[str, Array], int]]:
    """Parts of ``inputs`` and how many of their rows count.

    The last part is shorter, or padded by repeating the last sample.
    """
    count = len(next(iter(inputs.values())))
    for start in range(0, count, batching.rows):
        part = {name: array[start : start + batching.rows] for name, array in inputs.items()}
        kept = min(batching.rows, count - start)
        missing = batching.rows - kept
        if missing and batching.padded:
            part = {
                name: np.concatenate([array, np.repeat(array[-1:], missing, axis=0)])
                for name, array in part.items()
            }
        yield part, kept


def run_all(
    run: Callable[[dict[str, Array]], Arrays], inputs: Arrays, batching: Batching
) -> dict[str, Array]:
    """The outputs of ``run`` for all samples, its outputs for the parts put end to end.

    Raises DataError where an output's first axis is not the samples.
    """
    parts: dict[str, list[Array]] = {}
    for part, kept in chunks(inputs, batching):
        rows = len(next(iter(part.values())))
        for name, output in run(part).items():
            if output.ndim == 0 or len(output) != rows:
                raise DataError(
                    f"the output {name!r} has the shape {list(output.shape)} for a batch of "
                    f"{rows}: its first axis is not the samples"
                )
            parts.setdefault(name, []).append(output[:kept])
    try:
        return {name: np.concatenate(arrays) for name, arrays in parts.items()}
    except ValueError as error:
        raise DataError("an output's shape changes from sample to sample") from error


def cast(array: Array, dtype: str, name: str) -> Array:
    """``array`` as ``dtype`` (NumPy's name, or ``string``: an object array of bytes or str).

    Raises DataError where that would drop fractions, wrap integers or make numbers of text.
    """
    text = array.dtype.kind in "OSU"
    if text or dtype == "string":
        if not text or dtype != "string":
            raise DataError(f"the input {name!r} takes {dtype}, the samples are {array.dtype}")
        return array.astype(object)
    wanted = np.dtype(dtype)
    if not np.can_cast(array.dtype, wanted, "same_kind") and not _integers(array, wanted):
        raise DataError(f"the input {name!r} takes {dtype}, the samples are {array.dtype}")
    if _integers(array, wanted) and array.size:
        limits = np.iinfo(wanted)
        if array.min() < limits.min or array.max() > limits.max:
            raise DataError(
                f"the input {name!r} is held as {dtype}, the samples reach from {array.min()} "
                f"to {array.max()}"
            )
    return np.ascontiguousarray(array, dtype=wanted)


def _integers(array: Array, wanted: np.dtype[np.generic]) -> bool:
    return array.dtype.kind in "iu" and wanted.kind in "iu"
