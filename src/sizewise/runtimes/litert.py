"""LiteRT, the interpreter of ``.tflite`` files, as Python's ai-edge-litert brings it."""

from __future__ import annotations

import importlib.metadata
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from sizewise.affine import dequantize, quantize
from sizewise.domain import Array, Artifact, Execution, Signature, TensorSpec
from sizewise.errors import RuntimeCrashError, SetupError, SizewiseError, UnsupportedOpError
from sizewise.runtimes.batching import Arrays, cast, count_samples, first_rows, plan, run_all

THREADS = 1
"""Threads of the interpreter. Their number is part of what is measured: with one, latencies do
not depend on the number of cores, and TensorFlow.js in Node has no more."""

_PACKAGE = "ai-edge-litert"
_MISSING = (
    re.compile(r"unresolved custom op: (?P<op>[^\s.]+)"),
    re.compile(r"Select TensorFlow op.*\((?P<op>\w+)\) failed to prepare", re.DOTALL),
    re.compile(r"Didn't find op for builtin opcode '(?P<op>\w+)'"),
)

Details = Mapping[str, Any]
"""What the interpreter says of a tensor."""

_T = TypeVar("_T")


class LiteRtRuntime:
    """Runs ``.tflite`` files with XNNPACK, the interpreter's default, on ``THREADS`` threads.

    Inputs and outputs are bound by the names of the file's signature; a file without one has
    its tensors and the artifact's paired in the order of their names. Integer inputs and outputs
    with a scale stand for real numbers: samples that are floats are quantized by it, integers are
    handed over as they are, and outputs are dequantized. Latencies include handing over inputs
    and outputs.

    The interpreter is native code in this process: a crash of it ends the process. Select
    TensorFlow ops run only where TensorFlow, which brings their delegate, has been imported.
    """

    name = "litert"

    def versions(self) -> Mapping[str, str]:
        """The version of the interpreter."""
        return {_PACKAGE: importlib.metadata.version(_PACKAGE)}

    def execute(
        self,
        artifact: Artifact,
        inputs: Mapping[str, Array],
        *,
        batch_size: int = 100,
        latency_runs: int = 10,
    ) -> Execution:
        """As ``Runtime.execute``. The file itself says whether its batch is fixed."""
        count_samples((spec.name for spec in artifact.signature.inputs), inputs)
        start = time.perf_counter()
        interpreter = _open(artifact)
        load_seconds = time.perf_counter() - start
        model = _Model(interpreter, artifact.signature)
        batching = plan(model.input_shapes(), inputs, batch_size)
        outputs = run_all(model.run, inputs, batching)
        latencies = model.time(first_rows(inputs, batching), latency_runs)
        return Execution(self.name, outputs, load_seconds, latencies)

    def call(self, artifact: Artifact, inputs: Mapping[str, Array]) -> Mapping[str, Array]:
        """As ``Runtime.call``."""
        return _Model(_open(artifact), artifact.signature).run(inputs)

    def close(self) -> None:
        """Nothing outlives ``execute``."""


class _TensorRunner:
    """What the interpreter's SignatureRunner is for a signature, for a file without any: inputs
    and outputs go by the names of their tensors.
    """

    def __init__(self, interpreter: Any) -> None:
        self._interpreter = interpreter

    def get_input_details(self) -> dict[str, Details]:
        return {details["name"]: details for details in self._interpreter.get_input_details()}

    def get_output_details(self) -> dict[str, Details]:
        return {details["name"]: details for details in self._interpreter.get_output_details()}

    def __call__(self, **inputs: Array) -> dict[str, Array]:
        details = self.get_input_details()
        for name, array in inputs.items():
            self._interpreter.resize_tensor_input(details[name]["index"], array.shape)
        self._interpreter.allocate_tensors()
        for name, array in inputs.items():
            self._interpreter.set_tensor(details[name]["index"], array)
        self._interpreter.invoke()
        return {
            name: self._interpreter.get_tensor(output["index"])
            for name, output in self.get_output_details().items()
        }


class _Model:
    """An open file, and what binds its tensors to the artifact's signature."""

    def __init__(self, interpreter: Any, signature: Signature) -> None:
        self._runner, pair = _runner(interpreter, signature.name)
        self._inputs = pair(signature.inputs, self._runner.get_input_details())
        self._outputs = pair(signature.outputs, self._runner.get_output_details())

    def input_shapes(self) -> list[tuple[int | None, ...]]:
        """The shapes of the inputs, None for a dimension that may change."""
        return [
            tuple(None if size < 0 else int(size) for size in details["shape_signature"])
            for _, _, details in self._inputs
        ]

    def run(self, inputs: Arrays) -> dict[str, Array]:
        """The outputs for a batch, both by the signature's names."""
        results = self._invoke(self._prepare(inputs))
        return {
            spec.name: _from_tensor(results[key], details) for spec, key, details in self._outputs
        }

    def time(self, inputs: Arrays, runs: int) -> tuple[float, ...]:
        """Seconds of each of ``runs`` runs, after one that is not counted."""
        prepared = self._prepare(inputs)
        self._invoke(prepared)
        seconds = []
        for _ in range(runs):
            start = time.perf_counter()
            self._invoke(prepared)
            seconds.append(time.perf_counter() - start)
        return tuple(seconds)

    def _prepare(self, inputs: Arrays) -> dict[str, Array]:
        return {
            key: _to_tensor(inputs[spec.name], spec, details) for spec, key, details in self._inputs
        }

    def _invoke(self, prepared: dict[str, Array]) -> dict[str, Array]:
        return _guarded(lambda: self._runner(**prepared))


_Bound = list[tuple[TensorSpec, str, Details]]
"""The artifact's tensors, their keys in the runner, and what the file says of them."""


def _open(artifact: Artifact) -> Any:
    """An interpreter with its memory allocated, which is when missing ops come to light."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise SetupError(
            f"LiteRT cannot be imported: {error}", advice=f"install {_PACKAGE}"
        ) from error

    def make() -> Any:
        interpreter = Interpreter(model_path=str(artifact.entry), num_threads=THREADS)
        interpreter.allocate_tensors()
        return interpreter

    return _guarded(make)


def _runner(
    interpreter: Any, name: str
) -> tuple[Any, Callable[[tuple[TensorSpec, ...], Mapping[str, Details]], _Bound]]:
    keys = list(interpreter.get_signature_list())
    if not keys:
        return _TensorRunner(interpreter), _pair_in_order
    if name not in keys and len(keys) > 1:
        raise RuntimeCrashError(f"the file has the signatures {', '.join(keys)}, not {name}")
    key = name if name in keys else keys[0]
    return interpreter.get_signature_runner(key), _pair_by_name


def _pair_by_name(specs: tuple[TensorSpec, ...], details: Mapping[str, Details]) -> _Bound:
    names = sorted(spec.name for spec in specs)
    if names != sorted(details):
        raise RuntimeCrashError(
            f"the file's signature names {', '.join(sorted(details))} instead of {', '.join(names)}"
        )
    return [(spec, spec.name, details[spec.name]) for spec in specs]


def _pair_in_order(specs: tuple[TensorSpec, ...], details: Mapping[str, Details]) -> _Bound:
    if len(specs) != len(details):
        raise RuntimeCrashError(f"the file has {len(details)} tensors instead of {len(specs)}")
    ordered = sorted(specs, key=lambda spec: spec.tensor)
    return [(spec, key, details[key]) for spec, key in zip(ordered, sorted(details), strict=True)]


def _to_tensor(array: Array, spec: TensorSpec, details: Details) -> Array:
    """``array`` as the file takes it."""
    dtype = np.dtype(details["dtype"])
    scale, zero_point = details["quantization"]
    if dtype.kind == "S":
        return cast(array, "string", spec.name)
    if dtype.kind in "iu" and scale and array.dtype.kind == "f":
        return quantize(array, dtype, scale, zero_point)
    return cast(array, dtype.name, spec.name)


def _from_tensor(array: Array, details: Details) -> Array:
    """What the file gave, as real numbers where that is what its integers stand for."""
    scale, zero_point = details["quantization"]
    if array.dtype.kind in "iu" and scale:
        return dequantize(array, scale, zero_point)
    return array


def _guarded(call: Callable[[], _T]) -> _T:
    """The result of a call into the interpreter, its errors as ours."""
    try:
        return call()
    except (RuntimeError, ValueError, TypeError) as error:
        raise error_for(str(error)) from error


def error_for(message: str) -> SizewiseError:
    """The error for a message of the interpreter: UnsupportedOpError where an op is missing,
    else RuntimeCrashError.
    """
    for pattern in _MISSING:
        if match := pattern.search(message):
            return UnsupportedOpError(f"LiteRT has no {match['op']}", ops={match["op"]: ()})
    return RuntimeCrashError(f"LiteRT: {message}")
