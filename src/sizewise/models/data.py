"""Samples to judge a model on and samples to calibrate with, from ``zoo:NAME`` or ``.npz``.

An ``.npz`` holds ``x`` (or, for a model with several inputs, one array an input, named like
it) and ``y``, the labels. Where it also holds ``x_calibrate`` (or ``INPUT_calibrate`` for each
input), converters are calibrated with that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sizewise.domain import Array, Data, DataSource, ModelSpec, Samples, Signature
from sizewise.errors import DataError
from sizewise.models import zoo
from sizewise.models.arrays import NamedArrays, read_npz
from sizewise.models.binding import CALIBRATION_SUFFIX, LABELS, bind_inputs, has_calibration
from sizewise.models.faults import located
from sizewise.models.labels import labels_for

CALIBRATION_SAMPLES = 100
"""How many samples a converter is calibrated with where the data does not bring its own."""


def load_data(spec: ModelSpec, signature: Signature) -> Data:
    """Read a model's samples and bind them to its inputs, checked against ``signature``.

    With a ``limit``, that many samples are drawn with the seed, in the order of the file (all
    of them, where there are fewer). Without calibration samples of its own, the data lends
    100, or all that it has: from those that the limit left over where they are enough, else
    from the samples to judge on, and ``shared`` says so.

    Raises DataError, which names the line of the suite, for all that does not fit: see
    ``bind_inputs`` and ``labels_for``.
    """
    with located(spec.data.at):
        return _assemble(_read(spec.data), spec, signature)


def calibration_samples(arrays: Mapping[str, Array], signature: Signature) -> Samples:
    """Arrays of samples to calibrate with, bound to the inputs of ``signature``: ``x`` or the
    inputs' names, or those of a data file's own calibration samples (``x_calibrate``).

    Raises DataError for all that does not fit.
    """
    data = NamedArrays("the data to calibrate with", arrays)
    return Samples(
        bind_inputs(data, signature, CALIBRATION_SUFFIX if has_calibration(data) else "")
    )


def _read(source: DataSource) -> NamedArrays:
    if (name := source.zoo_name) is not None:
        return NamedArrays(source.location, zoo.arrays(name))
    return read_npz(Path(source.location))


def _assemble(data: NamedArrays, spec: ModelSpec, signature: Signature) -> Data:
    everything = Samples(bind_inputs(data, signature), _labels(data, spec, signature))
    if everything.labels is not None and len(everything.labels) != len(everything):
        raise DataError(
            f"y has {len(everything.labels)} labels for {len(everything)} samples",
            advice="store one label a sample, in the order of the samples",
        )
    count, source = len(everything), spec.data
    chosen = draw(range(count), source.limit or count, (source.seed,))
    judge = take(everything, chosen)
    if has_calibration(data):
        own = Samples(bind_inputs(data, signature, CALIBRATION_SUFFIX))
        return Data(judge, own)
    left = np.setdiff1d(np.arange(count), chosen)
    shared = len(left) < CALIBRATION_SAMPLES
    lent = draw(chosen if shared else left, CALIBRATION_SAMPLES, (source.seed, 1))
    return Data(judge, Samples(take(everything, lent).inputs), shared)


def _labels(data: NamedArrays, spec: ModelSpec, signature: Signature) -> Array:
    if LABELS not in data.arrays:
        raise DataError(
            f"{data.origin} has no array 'y', which {spec.metric} needs",
            advice=f"store the labels as y; it holds {', '.join(data.arrays)}",
        )
    labels = data.arrays[LABELS]
    if len(labels) == 0:
        raise DataError("y has no labels")
    if not signature.outputs:
        raise DataError(f"the signature {signature.name} has no outputs")
    return labels_for(spec.metric, labels, signature.outputs[0])


def draw(indices: Sequence[int] | Array, size: int, seed: tuple[int, ...]) -> Array:
    """``size`` of ``indices`` without replacement, or all where there are fewer, ascending."""
    if size >= len(indices):
        return np.sort(np.asarray(indices))
    return np.sort(np.random.default_rng(seed).choice(np.asarray(indices), size, replace=False))


def take(samples: Samples, rows: Array) -> Samples:
    """The samples at ``rows``, labels included."""
    labels = None if samples.labels is None else samples.labels[rows]
    return Samples({name: array[rows] for name, array in samples.inputs.items()}, labels)
