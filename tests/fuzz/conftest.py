"""A small TFLite file, made by hand: no TensorFlow is loaded here."""

from __future__ import annotations

import numpy as np
import pytest

from support.hostile import KERNEL


@pytest.fixture(scope="session")
def tflite() -> bytes:
    """A matrix product with a float32 kernel."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    def tensor(name, shape, buffer):
        made = schema.TensorT()
        made.name, made.shape, made.buffer = name, shape, buffer
        made.type = schema.TensorType.FLOAT32
        return made

    model, graph, code = schema.ModelT(), schema.SubGraphT(), schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.FULLY_CONNECTED
    operator = schema.OperatorT()
    operator.inputs, operator.outputs = [0, 1], [2]
    graph.operators = [operator]
    graph.tensors = [tensor("x", [1, 3], 0), tensor("kernel", [2, 3], 1), tensor("y", [1, 2], 0)]
    graph.inputs, graph.outputs = [0], [2]
    full = schema.BufferT()
    full.data = np.frombuffer(KERNEL.tobytes(), np.uint8)
    model.version, model.operatorCodes = 3, [code]
    model.subgraphs, model.buffers = [graph], [schema.BufferT(), full]
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
