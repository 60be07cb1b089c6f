"""The converter to TFLite files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sizewise.convert.artifact import write_artifact
from sizewise.convert.failure import refusals
from sizewise.convert.function import graph_function
from sizewise.domain import (
    Array,
    Artifact,
    Data,
    Encoding,
    Graph,
    Samples,
    Signature,
    Target,
    TensorSpec,
)
from sizewise.errors import ConversionError, UnsupportedOpError, did_you_mean

MODEL_FILE = "model.tflite"
_SIGNATURE_KEY = "serving_default"
_INPUT_NAME = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_./>-]*")
"""Names of TensorFlow's nodes; the converter drops the signature where an input has another."""
_UNSUPPORTED = re.compile(
    r"^(?:TF Select|Flex|Custom) ops: (?P<ops>.+)$\s+Details:\s+(?P<use>.+?)(?: : .*)?$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class TflitePrepared:
    """A frozen graph as a function again, and inputs to calibrate it with."""

    function: Any
    calibrate: Samples
    signature: Signature


class TfliteConverter:
    """Writes TFLite files with TensorFlow's own converter."""

    target = Target.TFLITE

    def prepare(self, graph: Graph, data: Data) -> TflitePrepared:
        """Make ``graph`` a function whose inputs and outputs go by the names of its signature."""
        _check_names(graph.signature)
        with refusals("reading the frozen graph"):
            return TflitePrepared(graph_function(graph), data.calibrate, graph.signature)

    def write(self, prepared: TflitePrepared, encoding: Encoding, folder: Path) -> Artifact:
        """Convert once more for ``encoding``, and read the file's signature back."""
        if encoding.name not in _ENCODINGS:
            raise ConversionError(
                f"{encoding.name!r} is no encoding of TFLite",
                advice=did_you_mean(encoding.name, _ENCODINGS),
            )

        def fill(temporary: Path) -> tuple[Sequence[str], Signature]:
            with _unsupported_ops():
                content = _converter(prepared, encoding).convert()
            (temporary / MODEL_FILE).write_bytes(content)
            return [MODEL_FILE], _read_signature(content, prepared.signature)

        with refusals(f"writing {encoding.name} for TFLite"):
            return write_artifact(self.target, encoding.name, folder, fill)


def _check_names(signature: Signature) -> None:
    for spec in signature.inputs:
        if not _INPUT_NAME.fullmatch(spec.name):
            raise ConversionError(
                f"a TFLite file cannot carry the input name {spec.name!r}",
                advice="use letters, digits and . _ / - and no _ at the start",
            )


def _converter(prepared: TflitePrepared, encoding: Encoding) -> Any:
    import tensorflow as tf

    # The module has nothing in it; with one given, the converter keeps the signature.
    converter = tf.lite.TFLiteConverter.from_concrete_functions([prepared.function], tf.Module())
    _ENCODINGS[encoding.name](converter, prepared)
    return converter


def _float32(converter: Any, prepared: TflitePrepared) -> None:
    """Nothing to set: this is what the converter does unasked."""


def _float16(converter: Any, prepared: TflitePrepared) -> None:
    import tensorflow as tf

    _dynamic_int8(converter, prepared)
    converter.target_spec.supported_types = [tf.float16]


def _dynamic_int8(converter: Any, prepared: TflitePrepared) -> None:  # noqa: ARG001
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]


def _int8(converter: Any, prepared: TflitePrepared) -> None:
    import tensorflow as tf

    _dynamic_int8(converter, prepared)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    feeds = _feeds(prepared.signature, prepared.calibrate)
    converter.representative_dataset = lambda: iter(feeds)


_ENCODINGS: Mapping[str, Callable[[Any, TflitePrepared], None]] = {
    "float32": _float32,
    "float16": _float16,
    "dynamic_int8": _dynamic_int8,
    "int8": _int8,
}
"""What each encoding sets on TensorFlow's converter."""


def _feeds(signature: Signature, samples: Samples) -> list[dict[str, Array]]:
    """Calibration inputs: one sample a call, or as many as a fixed batch takes."""
    batch = _fixed_batch(signature) or 1
    count = len(samples) // batch
    if count == 0:
        raise ConversionError(
            f"int8 is calibrated with batches of {batch} samples, and there are {len(samples)}",
            advice="give more samples, or export the model with a smaller batch",
        )
    return [
        {
            spec.name: np.asarray(samples.inputs[spec.name][start : start + batch], spec.dtype)
            for spec in signature.inputs
        }
        for start in range(0, count * batch, batch)
    ]


def _fixed_batch(signature: Signature) -> int | None:
    sizes = [spec.shape[0] for spec in signature.inputs if spec.shape]
    return next((size for size in sizes if size is not None), None)


@contextmanager
def _unsupported_ops() -> Iterator[None]:
    """Name the ops that TFLite lacks, where that is why the converter gave up."""
    try:
        yield
    except Exception as error:
        found = _UNSUPPORTED.search(str(error))
        if found is None:
            raise
        raise UnsupportedOpError(
            f"TFLite has no kernel for {found['ops']}",
            advice=f"with the types and shapes that the model uses: {found['use']}",
        ) from error


def _read_signature(content: bytes, expected: Signature) -> Signature:
    """The signature in the file, in the order of ``expected``.

    Raises ConversionError where an input or output is missing or has another name.
    """
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(model_content=content).get_signature_runner(_SIGNATURE_KEY)
    return Signature(
        expected.name,
        _bound(expected.inputs, runner.get_input_details(), "input"),
        _bound(expected.outputs, runner.get_output_details(), "output"),
    )


def _bound(
    specs: Sequence[TensorSpec], details: Mapping[str, Mapping[str, Any]], side: str
) -> tuple[TensorSpec, ...]:
    names = {spec.name for spec in specs}
    if names != set(details):
        raise ConversionError(
            f"the {side}s {sorted(names)} became {sorted(details)} in the TFLite file"
        )
    return tuple(_spec(spec.name, details[spec.name]) for spec in specs)


def _spec(name: str, detail: Mapping[str, Any]) -> TensorSpec:
    shape = tuple(None if size < 0 else int(size) for size in detail["shape_signature"])
    dtype = np.dtype(detail["dtype"]).name
    return TensorSpec(name, detail["name"], "string" if dtype == "bytes" else dtype, shape)
