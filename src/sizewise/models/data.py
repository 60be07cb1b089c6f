"""Samples to judge a model on, to calibrate with and to train on, from every kind of source.

All of them give arrays as an ``.npz`` holds them: ``x`` (or, for a model with several inputs, one
array an input, named like it) and ``y``, the labels. Where there is also ``x_calibrate`` (or
``INPUT_calibrate`` for each input), converters are calibrated with that; ``x_train`` and
``y_train`` are samples to fine-tune on.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sizewise.domain import Array, Data, DataKind, DataSource, ModelSpec, Samples, Signature
from sizewise.errors import DataError
from sizewise.models.arrays import NamedArrays
from sizewise.models.binding import (
    CALIBRATION_SUFFIX,
    LABELS,
    TRAINING_SUFFIX,
    bind_inputs,
    has_part,
)
from sizewise.models.drawing import draw_calibration, draw_parts
from sizewise.models.faults import located
from sizewise.models.labels import labels_for, require_class_names
from sizewise.models.overlap import count_common
from sizewise.models.reading import read


def load_data(spec: ModelSpec, signature: Signature) -> Data:
    """Read a model's samples and bind them to its inputs, checked against ``signature``.

    With a ``limit``, that many samples are drawn with the seed, in the order of the file (all
    of them, where there are fewer). Without calibration samples of its own, the data lends
    100, or all that it has: from those that the limit left over where they are enough, else
    from those to train on, else from the samples to judge on, and ``shared`` says so.

    Raises DataError, which names the line of the suite, for all that does not fit, and where
    every sample to judge on is also one to train on: see ``bind_inputs`` and ``labels_for``.
    """
    with located(spec.data.at):
        return _assemble(read(spec, signature), spec, signature)


def calibration_samples(arrays: Mapping[str, Array], signature: Signature) -> Samples:
    """Arrays of samples to calibrate with, bound to the inputs of ``signature``: ``x`` or the
    inputs' names, or those of a data file's own calibration samples (``x_calibrate``).

    Raises DataError for all that does not fit.
    """
    data = NamedArrays("the data to calibrate with", arrays)
    own = has_part(data, signature, CALIBRATION_SUFFIX)
    return Samples(bind_inputs(data, signature, CALIBRATION_SUFFIX if own else ""))


def _assemble(data: NamedArrays, spec: ModelSpec, signature: Signature) -> Data:
    everything = _part(data, spec, signature, "")
    drawn = draw_parts(len(everything), spec.data)
    judge = take(everything, drawn.judge)
    train = None
    notes = list(data.notes)
    if has_part(data, signature, TRAINING_SUFFIX):
        train = _part(data, spec, signature, TRAINING_SUFFIX)
        notes += _overlap_with_training(judge, train)
    if has_part(data, signature, CALIBRATION_SUFFIX):
        own = Samples(_inputs(data, spec.data, signature, CALIBRATION_SUFFIX))
        common = count_common(own, judge)
        if common and common < len(own):
            notes.append(f"{common} of {len(own)} samples to calibrate with are also judged on")
        made_up = spec.data.kind is DataKind.NOISE
        return Data(judge, own, common == len(own), train, tuple(notes), made_up)
    if len(drawn.left_over):
        lent, shared = take(everything, drawn.left_over), False
    elif train is not None:
        lent, shared = take(train, draw_calibration(np.arange(len(train)), spec.data)), False
    else:
        lent, shared = take(everything, draw_calibration(drawn.judge, spec.data)), True
    return Data(judge, Samples(lent.inputs), shared, train, tuple(notes))


def _part(data: NamedArrays, spec: ModelSpec, signature: Signature, suffix: str) -> Samples:
    """The samples whose arrays have this suffix, with their labels."""
    samples = Samples(
        _inputs(data, spec.data, signature, suffix), _labels(data, spec, signature, suffix)
    )
    if samples.labels is not None and len(samples.labels) != len(samples):
        raise DataError(
            f"{LABELS + suffix} has {len(samples.labels)} labels for {len(samples)} samples",
            advice="store one label a sample, in the order of the samples",
        )
    return samples


def _inputs(
    data: NamedArrays, source: DataSource, signature: Signature, suffix: str
) -> dict[str, Array]:
    """The bound inputs; those of floating type times the source's scale, plus its offset."""
    inputs = bind_inputs(data, signature, suffix)
    if (source.scale, source.offset) == (1.0, 0.0):
        return inputs
    for name, array in inputs.items():
        if array.dtype.kind == "f":
            with np.errstate(over="ignore"):
                changed = array * array.dtype.type(source.scale) + array.dtype.type(source.offset)
            if not np.isfinite(changed).all():
                raise DataError(
                    f"{name} times {source.scale:g} plus {source.offset:g} exceeds the range of"
                    f" {array.dtype}",
                    advice="choose another scale",
                )
            inputs[name] = changed
    return inputs


def _labels(data: NamedArrays, spec: ModelSpec, signature: Signature, suffix: str) -> Array | None:
    if spec.metric is None:
        return data.arrays.get(LABELS + suffix) if suffix else None
    name = LABELS + suffix
    if name not in data.arrays:
        raise DataError(
            f"{data.origin} has no array {name!r}, which {spec.metric} needs",
            advice=f"store the labels as {name}; it holds {', '.join(data.arrays)}",
        )
    labels = data.arrays[name]
    if len(labels) == 0:
        raise DataError(f"{name} has no labels")
    if not signature.outputs:
        raise DataError(f"the signature {signature.name} has no outputs")
    if data.classes:
        require_class_names(spec.metric, data.classes, signature.outputs[0])
    return labels_for(spec.metric, labels, signature.outputs[0], name)


def _overlap_with_training(judge: Samples, train: Samples) -> list[str]:
    common = count_common(judge, train)
    if common == len(judge):
        raise DataError(
            f"all {common} samples to judge on are also samples to train on",
            advice="judge on samples that no training sees",
        )
    if not common:
        return []
    return [f"{common} of {len(judge)} samples to judge on are also samples to train on"]


def take(samples: Samples, rows: Array) -> Samples:
    """The samples at ``rows``, labels included."""
    labels = None if samples.labels is None else samples.labels[rows]
    return Samples({name: array[rows] for name, array in samples.inputs.items()}, labels)
