"""A ``.tflite`` file taken apart: graphs, operators, tensors and buffers, as plain values.

The layout is TFLite's ``schema.fbs``; the flatbuffer accessors are those that come with the
LiteRT interpreter, which load no TensorFlow.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sizewise.domain import Array
from sizewise.errors import ConversionError


class TfliteQuantization(NamedTuple):
    """How integers stand for real numbers.

    ``zero_points`` has one entry, or one for each slice along ``axis``; it is None where the
    scheme is one that this reader does not know (blockwise, multi-axis, custom). ``scales`` is
    how many scales there are: one, or one for each slice; ``scale`` is the first.
    """

    zero_points: Array | None
    axis: int
    scales: int = 1
    scale: float = 0.0


class TfliteTensor(NamedTuple):
    """A tensor; ``sparse`` says that its buffer leaves out zeros.

    ``declared_shape`` has -1 for sizes that are free, each of which is 1 in ``shape``.
    """

    name: str
    type: str
    shape: tuple[int, ...]
    buffer: int
    quantization: TfliteQuantization | None
    sparse: bool
    declared_shape: tuple[int, ...] = ()


class TfliteOperator(NamedTuple):
    """An operator; -1 stands for an input that is left out.

    ``callees`` are the graphs that it runs, each with the number of leading inputs that are not
    handed to it; those of a WHILE are its condition and its body.
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    callees: tuple[tuple[int, int], ...]


class TfliteGraph(NamedTuple):
    """A subgraph; ``inputs`` and ``outputs`` are indices of its tensors."""

    tensors: tuple[TfliteTensor, ...]
    operators: tuple[TfliteOperator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class TfliteSignature(NamedTuple):
    """A signature: names of inputs and outputs, with indices of tensors of the graph."""

    name: str
    graph: int
    inputs: tuple[tuple[str, int], ...]
    outputs: tuple[tuple[str, int], ...]


class TfliteModel(NamedTuple):
    """A whole file. Buffers are bytes as uint8; a tensor whose buffer holds any is a constant."""

    graphs: tuple[TfliteGraph, ...]
    buffers: tuple[Array, ...]
    signatures: tuple[TfliteSignature, ...] = ()


def parse_tflite(content: bytes, where: Path) -> TfliteModel:
    """Take a file apart. Every index in the result is in range, and the work is at most in
    proportion to the size of the file.

    Raises ConversionError where it is no TFLite file, or a damaged one.
    """
    from ai_edge_litert import schema_py_generated as schema

    if len(content) < 8 or not schema.Model.ModelBufferHasIdentifier(content, 0):
        raise ConversionError("not a TFLite file: it lacks the identifier TFL3", where=where)
    try:
        model = _Reader(schema, content).model()
    except (struct.error, ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        raise ConversionError(f"the TFLite file is damaged: {error}", where=where) from error
    _check_indices(model, where)
    return model


class _Reader:
    """Reads one file through the generated accessors of ``schema``."""

    def __init__(self, schema: Any, content: bytes) -> None:
        self._schema = schema
        self._content = content
        # Each table and each number takes several bytes: where there are more of them than bytes,
        # the file refers to the same ones over and over.
        self._left = len(content)
        self._types = _names(schema.TensorType)
        self._operators = _names(schema.BuiltinOperator)

    def model(self) -> TfliteModel:
        model = self._schema.Model.GetRootAs(self._content, 0)
        codes = [model.OperatorCodes(at) for at in self._range(model.OperatorCodesLength())]
        # Files from before the larger code existed hold the smaller one only.
        names = [
            self._operators.get(max(code.BuiltinCode(), code.DeprecatedBuiltinCode()), "UNKNOWN")
            for code in codes
        ]
        return TfliteModel(
            graphs=tuple(
                self._graph(model.Subgraphs(at), names)
                for at in self._range(model.SubgraphsLength())
            ),
            buffers=tuple(
                self._buffer(model.Buffers(at)) for at in self._range(model.BuffersLength())
            ),
            signatures=tuple(
                self._signature(model.SignatureDefs(at))
                for at in self._range(model.SignatureDefsLength())
            ),
        )

    def _range(self, length: int) -> range:
        """Indices of a vector. Raises ValueError where there cannot be as many of them."""
        self._left -= length
        if self._left < 0:
            raise ValueError("it says that it has more parts than bytes")
        return range(length)

    def _indices(self, values: Any) -> tuple[int, ...]:
        vector = _vector(values, np.int32)
        self._range(len(vector))
        return tuple(vector.tolist())

    def _signature(self, signature: Any) -> TfliteSignature:
        return TfliteSignature(
            name=_text(signature.SignatureKey()),
            graph=signature.SubgraphIndex(),
            inputs=tuple(
                _named(signature.Inputs(at)) for at in self._range(signature.InputsLength())
            ),
            outputs=tuple(
                _named(signature.Outputs(at)) for at in self._range(signature.OutputsLength())
            ),
        )

    def _buffer(self, buffer: Any) -> Array:
        # Files beyond 2 GB keep their buffers behind the flatbuffer.
        if buffer.Offset() > 1:
            return np.frombuffer(self._content, np.uint8, buffer.Size(), buffer.Offset())
        return _vector(buffer.DataAsNumpy(), np.uint8)

    def _graph(self, graph: Any, names: list[str]) -> TfliteGraph:
        return TfliteGraph(
            tensors=tuple(
                self._tensor(graph.Tensors(at)) for at in self._range(graph.TensorsLength())
            ),
            operators=tuple(
                self._operator(graph.Operators(at), names)
                for at in self._range(graph.OperatorsLength())
            ),
            inputs=self._indices(graph.InputsAsNumpy()),
            outputs=self._indices(graph.OutputsAsNumpy()),
        )

    def _tensor(self, tensor: Any) -> TfliteTensor:
        return TfliteTensor(
            name=_text(tensor.Name()),
            type=self._types.get(tensor.Type(), f"type{tensor.Type()}"),
            shape=self._indices(tensor.ShapeAsNumpy()),
            buffer=tensor.Buffer(),
            quantization=self._quantization(tensor.Quantization()),
            sparse=tensor.Sparsity() is not None,
            declared_shape=self._indices(tensor.ShapeSignatureAsNumpy()),
        )

    def _quantization(self, quantization: Any) -> TfliteQuantization | None:
        if quantization is None:
            return None
        if quantization.DetailsType() != self._schema.QuantizationDetails.NONE:
            return TfliteQuantization(None, 0)
        if quantization.ScaleLength() == 0:
            return None
        zero_points = _vector(quantization.ZeroPointAsNumpy(), np.int64)
        return TfliteQuantization(
            zero_points if len(zero_points) else np.zeros(1, np.int64),
            quantization.QuantizedDimension(),
            quantization.ScaleLength(),
            quantization.Scale(0),
        )

    def _operator(self, operator: Any, names: list[str]) -> TfliteOperator:
        name = names[operator.OpcodeIndex()]
        return TfliteOperator(
            name=name,
            inputs=self._indices(operator.InputsAsNumpy()),
            outputs=self._indices(operator.OutputsAsNumpy()),
            callees=self._callees(name, operator.BuiltinOptions()),
        )

    def _callees(self, name: str, table: Any) -> tuple[tuple[int, int], ...]:
        kinds = {
            "WHILE": self._schema.WhileOptions,
            "IF": self._schema.IfOptions,
            "CALL": self._schema.CallOptions,
        }
        if name not in kinds or table is None:
            return ()
        options = kinds[name]()
        options.Init(table.Bytes, table.Pos)
        if name == "WHILE":
            return (options.CondSubgraphIndex(), 0), (options.BodySubgraphIndex(), 0)
        if name == "IF":
            return (options.ThenSubgraphIndex(), 1), (options.ElseSubgraphIndex(), 1)
        return ((options.Subgraph(), 0),)


def _names(enumeration: Any) -> dict[int, str]:
    return {value: name for name, value in vars(enumeration).items() if isinstance(value, int)}


def _vector(values: Any, kind: type[np.generic]) -> Array:
    """A vector of the file; the accessors give 0 for one that is left out."""
    return values if isinstance(values, np.ndarray) else np.zeros(0, kind)


def _text(value: bytes | None) -> str:
    return (value or b"").decode(errors="replace")


def _named(entry: Any) -> tuple[str, int]:
    """A tensor of a signature, by its name there."""
    return _text(entry.Name()), entry.TensorIndex()


def _check_indices(model: TfliteModel, where: Path) -> None:
    for signature in model.signatures:
        graphs = model.graphs[signature.graph : signature.graph + 1]
        tensors = range(len(graphs[0].tensors)) if graphs else range(0)
        if any(index not in tensors for _, index in (*signature.inputs, *signature.outputs)):
            raise ConversionError(
                f"the TFLite file is damaged: signature {signature.name!r} has a tensor that is "
                "not there",
                where=where,
            )
    for graph in model.graphs:
        within = range(-1, len(graph.tensors))
        used = [*graph.inputs, *graph.outputs]
        for operator in graph.operators:
            used += [*operator.inputs, *operator.outputs]
            if any(callee not in range(len(model.graphs)) for callee, _ in operator.callees):
                raise ConversionError(
                    f"the TFLite file is damaged: {operator.name} calls a graph that is not there",
                    where=where,
                )
        if any(index not in within for index in used):
            raise ConversionError(
                "the TFLite file is damaged: an operator uses a tensor that is not there",
                where=where,
            )
        for tensor in graph.tensors:
            if tensor.buffer >= len(model.buffers):
                raise ConversionError(
                    f"the TFLite file is damaged: tensor {tensor.name!r} has no buffer", where=where
                )
