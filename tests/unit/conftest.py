"""Unit tests cannot reach anything slow: importing TensorFlow fails here. Artifacts that several
rooms read are made by hand.
"""

from __future__ import annotations

import hashlib
import importlib.abc
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from sizewise.domain import Artifact, ArtifactFile, Signature, Target

SLOW = ("tensorflow", "tf_keras", "keras", "tensorflowjs", "tensorflow_model_optimization")


class _Barrier(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.partition(".")[0] in SLOW:
            raise ImportError(f"a unit test imports {fullname}: it belongs below tests/integration")


@pytest.fixture(autouse=True)
def _no_tensorflow(monkeypatch):
    loaded = [name for name in sys.modules if name.partition(".")[0] in SLOW]
    if not loaded:
        monkeypatch.setattr(sys, "meta_path", [_Barrier(), *sys.meta_path])


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SIZEWISE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def artifact_of(tmp_path):
    """Writes files by name, the entry first, and gives the artifact that names them."""

    def write(files):
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        entries = tuple(
            ArtifactFile(name, len(content), hashlib.sha256(content).hexdigest())
            for name, content in files.items()
        )
        target = Target.TFJS if entries[0].path == "model.json" else Target.TFLITE
        return Artifact(target, "float32", tmp_path, entries, "0" * 64, Signature("serve", (), ()))

    return write


@pytest.fixture
def tflite_of(artifact_of):
    """A TFLite model of tensors (name, type, shape, buffer index, options), operators (name,
    inputs, outputs) and buffers, in one graph.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    def tensor(name, kind, shape, buffer, *, scale=None, zero_point=(0,), axis=0, sparse=False):
        made = schema.TensorT()
        made.name, made.shape, made.buffer = name, list(shape), buffer
        made.type = getattr(schema.TensorType, kind)
        if scale is not None:
            made.quantization = schema.QuantizationParametersT()
            made.quantization.scale = list(scale)
            made.quantization.zeroPoint = list(zero_point)
            made.quantization.quantizedDimension = axis
        if sparse:
            made.sparsity = schema.SparsityParametersT()
        return made

    def write(tensors, operators, buffers):
        model, graph = schema.ModelT(), schema.SubGraphT()
        names = sorted({name for name, _, _ in operators})
        model.version = 3
        model.operatorCodes = []
        for name in names:
            code = schema.OperatorCodeT()
            code.builtinCode = getattr(schema.BuiltinOperator, name)
            code.deprecatedBuiltinCode = min(code.builtinCode, 127)
            model.operatorCodes.append(code)
        graph.operators = []
        for name, inputs, outputs in operators:
            made = schema.OperatorT()
            made.opcodeIndex = names.index(name)
            made.inputs, made.outputs = list(inputs), list(outputs)
            graph.operators.append(made)
        graph.tensors = [tensor(*entry[:4], **entry[4]) for entry in tensors]
        graph.inputs, graph.outputs = [0], [len(tensors) - 1]
        model.subgraphs, model.buffers = [graph], []
        for content in buffers:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(content, np.uint8)
            model.buffers.append(buffer)
        builder = flatbuffers.Builder()
        builder.Finish(model.Pack(builder), b"TFL3")
        return artifact_of({"model.tflite": bytes(builder.Output())})

    return SimpleNamespace(write=write, schema=schema)
