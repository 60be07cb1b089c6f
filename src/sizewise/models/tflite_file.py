"""``.tflite`` files, which are measured and run as they are.

What a file says of itself is read here, without the interpreter: a damaged file can end the
process that it opens it in, and that may be the user's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sizewise.affine import dequantize, quantize
from sizewise.domain import Array, OpenModel, Signature, Source, TensorSpec
from sizewise.errors import ConversionError, SourceError
from sizewise.models.faults import refusing
from sizewise.models.signatures import DEFAULT_SIGNATURE, choose_signature, require_default
from sizewise.tflite_file import TfliteGraph, TfliteModel, TfliteTensor, parse_tflite

_IDENTIFIER = b"TFL3"
_COPY_AGAIN = "copy the file again, whole"


def describe(source: Source, signature: str | None) -> Signature:
    """The signature in the file. The interpreter opens the file for it, because only that proves
    it whole.
    """
    described = open_source(source, signature, source.location).signature
    _interpreter(Path(source.location))
    return described


def signatures(source: Source) -> tuple[str, ...]:
    """The names of all signatures; a file without any counts as one with the usual name."""
    known = _parsed(Path(source.location)).signatures
    return tuple(sorted(each.name for each in known)) or (DEFAULT_SIGNATURE,)


def open_source(source: Source, signature: str | None, name: str) -> OpenModel:
    """Read the signature. Inputs and outputs of a file without one go by their tensors' names.

    Raises SourceError for a missing, truncated or foreign file.
    """
    import tensorflow as tf

    path = Path(source.location)
    return OpenModel(
        name=name,
        signature=_signature(_parsed(path), signature),
        function=None,
        owner=None,
        tensorflow_version=tf.__version__,
        file=path,
    )


def _signature(model: TfliteModel, wanted: str | None) -> Signature:
    known = {each.name: each for each in model.signatures}
    if known:
        chosen = known[choose_signature(sorted(known), wanted, "the file")]
        tensors = model.graphs[chosen.graph].tensors
        sides = chosen.inputs, chosen.outputs
        name = chosen.name
    else:
        require_default(wanted, "a file without signatures")
        graph, name = model.graphs[0], DEFAULT_SIGNATURE
        tensors, sides = graph.tensors, (_named(graph, graph.inputs), _named(graph, graph.outputs))
    inputs, outputs = (
        tuple(_spec(name, tensors[index]) for name, index in sorted(side)) for side in sides
    )
    return Signature(name, inputs, outputs)


def _named(graph: TfliteGraph, indices: tuple[int, ...]) -> tuple[tuple[str, int], ...]:
    return tuple((graph.tensors[index].name, index) for index in indices)


def _spec(name: str, tensor: TfliteTensor) -> TensorSpec:
    shape = tuple(None if size < 0 else size for size in tensor.declared_shape or tensor.shape)
    dtype = "string" if tensor.type in _TEXT else tensor.type.lower()
    quantized = tensor.quantization
    is_quantized = (
        dtype.startswith(("int", "uint"))
        and quantized is not None
        and quantized.scales == 1
        and quantized.scale != 0
    )
    return TensorSpec(name, tensor.name, dtype, shape, is_quantized)


_TEXT = frozenset({"STRING", "RESOURCE", "VARIANT"})
"""Types that NumPy has no numbers for."""


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


def _parsed(path: Path) -> TfliteModel:
    """The file taken apart. Raises SourceError."""
    if not path.is_file():
        raise SourceError(f"{path} does not exist", advice="name a .tflite file")
    content = path.read_bytes()
    if content[4:8] != _IDENTIFIER:
        raise SourceError(f"{path} is no .tflite file", advice=_COPY_AGAIN)
    try:
        model = parse_tflite(content, path)
    except ConversionError as error:
        raise SourceError(
            f"{path} cannot be opened ({error.message})", advice=_COPY_AGAIN
        ) from error
    if not model.graphs:
        raise SourceError(f"{path} holds no graph", advice=_COPY_AGAIN)
    return model


def _interpreter(path: Path) -> Any:
    import tensorflow as tf

    with refusing(f"{path} cannot be opened", advice=_COPY_AGAIN):
        interpreter = tf.lite.Interpreter(str(path))
        interpreter.allocate_tensors()
    return interpreter


def _by_tensor(details: Any) -> dict[str, Any]:
    return {each["name"]: each for each in details}
