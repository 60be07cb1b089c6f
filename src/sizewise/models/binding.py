"""Named arrays bound to a model's inputs: by name, in shape and in type."""

from __future__ import annotations

import numpy as np

from sizewise.domain import Array, Signature, TensorSpec
from sizewise.errors import DataError, did_you_mean
from sizewise.models.arrays import NamedArrays

LABELS = "y"
CALIBRATION_SUFFIX = "_calibrate"
TRAINING_SUFFIX = "_train"
_NUMBERS = "biuf"
_TEXT = "US"


def has_part(data: NamedArrays, signature: Signature, suffix: str) -> bool:
    """Whether there are inputs with this suffix: ``x_train`` or ``INPUT_train``, say."""
    names = ("x", *(spec.name for spec in signature.inputs))
    return any(name + suffix in data.arrays for name in names)


def bind_inputs(data: NamedArrays, signature: Signature, suffix: str = "") -> dict[str, Array]:
    """One array for each input, by the input's name.

    A model with one input takes the array ``x``, or one with the input's name; a model with
    several takes one array each, named like the inputs. ``suffix`` is appended to those names.
    Integers and booleans are turned into the input's type where none of them changes, floats
    into floats of another precision where none overflows; for a quantized input they stay floats.

    Raises DataError for a missing array, a shape or type that does not fit, NaN, infinity, no
    samples at all, and for inputs that differ in their number of samples.
    """
    if not signature.inputs:
        raise DataError(f"the signature {signature.name} takes no inputs")
    names = {spec.name: _array_name(data, signature, spec, suffix) for spec in signature.inputs}
    inputs = {
        spec.name: fit(names[spec.name], data.arrays[names[spec.name]], spec)
        for spec in signature.inputs
    }
    lengths = {names[name]: len(array) for name, array in inputs.items()}
    if len(set(lengths.values())) > 1:
        counted = ", ".join(f"{name} {count}" for name, count in lengths.items())
        raise DataError(f"inputs differ in their number of samples: {counted}")
    return inputs


def _array_name(data: NamedArrays, signature: Signature, spec: TensorSpec, suffix: str) -> str:
    name = spec.name + suffix
    single = len(signature.inputs) == 1
    if single and (name not in data.arrays or spec.name == LABELS):
        name = "x" + suffix
    elif name == LABELS:
        raise DataError(
            f"the model has an input called {LABELS}, which is what labels are called",
            advice="save the model with another name for that input",
        )
    if name not in data.arrays:
        raise DataError(f"{data.origin} has no array {name!r}", advice=_naming(data, signature))
    return name


def _naming(data: NamedArrays, signature: Signature) -> str:
    if not data.arrays:
        return "it is empty"
    if len(signature.inputs) == 1:
        return did_you_mean("x", data.arrays)
    wanted = ", ".join(spec.name for spec in signature.inputs)
    return f"the model's inputs are {wanted}; it holds {', '.join(data.arrays)}"


def fit(name: str, array: Array, spec: TensorSpec) -> Array:
    """``array``, called ``name`` in messages, as ``spec`` takes it. Raises DataError."""
    _require_shape(name, array, spec)
    if len(array) == 0:
        raise DataError(f"{name} has no samples")
    if array.dtype.kind == "f" and not (finite := np.isfinite(array)).all():
        sample = int(np.argwhere(~finite)[0][0])
        raise DataError(
            f"{name} holds NaN or infinity, first in sample {sample}",
            advice="leave such samples out, or replace the values",
        )
    return _cast(name, array, spec)


def _require_shape(name: str, array: Array, spec: TensorSpec) -> None:
    if spec.shape is None:
        return
    if not spec.shape:
        raise DataError(
            f"the model's input {spec.name} is a single value",
            advice="use a signature whose inputs have the samples as their first axis",
        )
    fits = array.ndim == len(spec.shape) and all(
        size in (None, actual) for size, actual in zip(spec.shape[1:], array.shape[1:], strict=True)
    )
    if not fits:
        raise DataError(
            f"{name} is {list(array.shape)}, the model's input {spec.name} takes "
            f"{list(spec.shape)}",
            advice=_reshaping(name, array, spec.shape),
        )


def _reshaping(name: str, array: Array, shape: tuple[int | None, ...]) -> str:
    sample = [size for size in shape[1:] if size is not None]
    if len(sample) < len(shape) - 1 or np.prod(sample, dtype=int) != np.prod(
        array.shape[1:], dtype=int
    ):
        return "the first axis is the samples, the others have to be the model's"
    return f"store {name}.reshape({[-1, *sample]})"


def _cast(name: str, array: Array, spec: TensorSpec) -> Array:
    kind = array.dtype.kind
    misfit = DataError(
        f"{name} is {array.dtype}, the model's input {spec.name} takes {spec.dtype}",
        advice=f"store it as {spec.dtype}",
    )
    if spec.dtype == "string":
        if kind in _TEXT:
            return array
        raise misfit
    try:
        wanted = np.dtype(spec.dtype)
    except TypeError:
        raise misfit from None
    if kind not in _NUMBERS or wanted.kind not in _NUMBERS:
        raise misfit
    if array.dtype == wanted:
        return array
    if spec.is_quantized and kind == "f":
        return array.astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        cast = array.astype(wanted)
    if wanted.kind == "f":
        if not np.isfinite(cast).all():
            raise DataError(
                f"{name} has values beyond the range of {spec.dtype}, "
                f"which the model's input {spec.name} takes"
            )
    elif kind == "f" or not np.array_equal(cast, array):
        raise misfit
    return cast
