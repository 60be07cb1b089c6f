"""``.tflite`` files, which are measured and run as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

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
    """What runs a batch in TensorFlow's own interpreter: arrays to arrays, both by name."""
    interpreter = _interpreter(path)
    if signature.name in interpreter.get_signature_list():
        run = interpreter.get_signature_runner(signature.name)
        return lambda inputs: run(**inputs)

    def run_tensors(inputs: Mapping[str, Array]) -> dict[str, Array]:
        details = _by_tensor(interpreter.get_input_details())
        for name, array in inputs.items():
            interpreter.resize_tensor_input(details[name]["index"], array.shape)
        interpreter.allocate_tensors()
        for name, array in inputs.items():
            interpreter.set_tensor(details[name]["index"], array)
        interpreter.invoke()
        results = _by_tensor(interpreter.get_output_details())
        return {name: interpreter.get_tensor(each["index"]) for name, each in results.items()}

    return run_tensors


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
    return TensorSpec(
        name, details["name"], "string" if dtype.startswith(("bytes", "object")) else dtype, shape
    )
