"""``.tflite`` files, which are measured and run as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sizewise.affine import dequantize, quantize
from sizewise.domain import Array, OpenModel, Signature, Source, TensorSpec
from sizewise.errors import SourceError
from sizewise.models.faults import refusing
from sizewise.models.signatures import DEFAULT_SIGNATURE, choose_signature, require_default

_IDENTIFIER = b"TFL3"
_COPY_AGAIN = "copy the file again, whole"


def describe(source: Source, signature: str | None) -> Signature:
    """The signature in the file."""
    return open_source(source, signature, source.location).signature


def signatures(source: Source) -> tuple[str, ...]:
    """The names of all signatures; a file without any counts as one with the usual name."""
    return tuple(sorted(_interpreter(Path(source.location)).get_signature_list())) or (
        DEFAULT_SIGNATURE,
    )


def open_source(source: Source, signature: str | None, name: str) -> OpenModel:
    """Read the signature. Inputs and outputs of a file without one go by their tensors' names.

    Raises SourceError for a missing, truncated or foreign file.
    """
    import tensorflow as tf

    path = Path(source.location)
    interpreter = _interpreter(path)
    known = sorted(interpreter.get_signature_list())
    if known:
        chosen = choose_signature(known, signature, "the file")
        runner = interpreter.get_signature_runner(chosen)
        sides = (runner.get_input_details(), runner.get_output_details())
    else:
        require_default(signature, "a file without signatures")
        chosen = DEFAULT_SIGNATURE
        sides = (
            _by_tensor(interpreter.get_input_details()),
            _by_tensor(interpreter.get_output_details()),
        )
    inputs, outputs = (
        tuple(_spec(key, details[key]) for key in sorted(details)) for details in sides
    )
    return OpenModel(
        name=name,
        signature=Signature(chosen, inputs, outputs),
        function=None,
        owner=None,
        tensorflow_version=tf.__version__,
        file=path,
    )


def runner(path: Path, signature: Signature) -> Callable[[Mapping[str, Array]], dict[str, Array]]:
    """What runs a batch in TensorFlow's own interpreter: arrays to arrays, both by name.

    Floats for a quantized input are quantized, and quantized outputs are real numbers again.
    """
    interpreter = _interpreter(path)
    if signature.name in interpreter.get_signature_list():
        run = interpreter.get_signature_runner(signature.name)
        ends = run.get_input_details(), run.get_output_details()
    else:
        run = partial(_run_tensors, interpreter)
        ends = (
            _by_tensor(interpreter.get_input_details()),
            _by_tensor(interpreter.get_output_details()),
        )
    taken, given = ends

    def run_batch(inputs: Mapping[str, Array]) -> dict[str, Array]:
        results = run(**{name: _stored(array, taken[name]) for name, array in inputs.items()})
        return {name: _meant(array, given[name]) for name, array in results.items()}

    return run_batch


def _run_tensors(interpreter: Any, **inputs: Array) -> dict[str, Array]:
    details = _by_tensor(interpreter.get_input_details())
    for name, array in inputs.items():
        interpreter.resize_tensor_input(details[name]["index"], array.shape)
    interpreter.allocate_tensors()
    for name, array in inputs.items():
        interpreter.set_tensor(details[name]["index"], array)
    interpreter.invoke()
    results = _by_tensor(interpreter.get_output_details())
    return {name: interpreter.get_tensor(each["index"]) for name, each in results.items()}


def _stored(array: Array, details: Mapping[str, Any]) -> Array:
    """What the file takes for ``array``."""
    if not (_is_quantized(details) and array.dtype.kind == "f"):
        return array
    return quantize(array, np.dtype(details["dtype"]), *details["quantization"])


def _meant(array: Array, details: Mapping[str, Any]) -> Array:
    """What the file means by ``array``."""
    return dequantize(array, *details["quantization"]) if _is_quantized(details) else array


def _is_quantized(details: Mapping[str, Any]) -> bool:
    scale, _ = details["quantization"]
    return np.dtype(details["dtype"]).kind in "iu" and bool(scale)


def _interpreter(path: Path) -> Any:
    import tensorflow as tf

    if not path.is_file():
        raise SourceError(f"{path} does not exist", advice="name a .tflite file")
    with path.open("rb") as file:
        start = file.read(8)
    if start[4:] != _IDENTIFIER:
        raise SourceError(f"{path} is no .tflite file", advice=_COPY_AGAIN)
    with refusing(f"{path} cannot be opened", advice=_COPY_AGAIN):
        interpreter = tf.lite.Interpreter(str(path))
        interpreter.allocate_tensors()
    return interpreter


def _by_tensor(details: Any) -> dict[str, Any]:
    return {each["name"]: each for each in details}


def _spec(name: str, details: Mapping[str, Any]) -> TensorSpec:
    shape = tuple(None if size < 0 else int(size) for size in details["shape_signature"])
    dtype = np.dtype(details["dtype"]).name
    is_text = dtype.startswith(("bytes", "object"))
    return TensorSpec(
        name, details["name"], "string" if is_text else dtype, shape, _is_quantized(details)
    )
