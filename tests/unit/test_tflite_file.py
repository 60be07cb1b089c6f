"""Taking a file apart, and files that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sizewise.errors import ConversionError
from sizewise.tflite_file import parse_tflite

WHERE = Path("model.tflite")


@pytest.fixture
def content(tflite_of):
    tensors = [
        ("x", "FLOAT32", [1, 3], 0, {}),
        ("kernel", "INT8", [2, 3], 1, {"scale": [0.5, 0.25], "zero_point": [1, 2], "axis": 0}),
        ("y", "FLOAT32", [1, 2], 0, {}),
    ]
    operators = [("FULLY_CONNECTED", [0, 1, -1], [2])]
    return tflite_of.write(tensors, operators, [b"", b"abcdef"]).entry.read_bytes()


def test_a_file_becomes_plain_values(content):
    model = parse_tflite(content, WHERE)
    (graph,) = model.graphs
    assert [tensor.name for tensor in graph.tensors] == ["x", "kernel", "y"]
    assert (graph.inputs, graph.outputs) == ((0,), (2,))
    (operator,) = graph.operators
    assert operator == ("FULLY_CONNECTED", (0, 1, -1), (2,), ())
    kernel = graph.tensors[1]
    assert (kernel.type, kernel.shape, kernel.buffer, kernel.sparse) == ("INT8", (2, 3), 1, False)
    assert kernel.quantization.zero_points.tolist() == [1, 2]
    assert graph.tensors[0].quantization is None
    assert model.buffers[1].tobytes() == b"abcdef"
    assert len(model.buffers[0]) == 0


@pytest.mark.parametrize("bad", [b"", b"TFL3", b"PK\x03\x04 a zip file", b'{"model": "json"}'])
def test_another_format_is_told(bad):
    with pytest.raises(ConversionError, match="not a TFLite file"):
        parse_tflite(bad, WHERE)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_file_that_was_cut_is_damaged(content, share):
    with pytest.raises(ConversionError, match=r"^model\.tflite: the TFLite file is damaged"):
        parse_tflite(content[: int(share * len(content))], WHERE)


def test_damage_anywhere_gives_a_named_error_or_a_result(content):
    generator = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        damaged = np.frombuffer(content, np.uint8).copy()
        where = generator.integers(8, len(content), size=4)
        damaged[where] = generator.integers(256, size=4)
        try:
            parse_tflite(damaged.tobytes(), WHERE)
        except ConversionError:
            refused += 1
    assert 0 < refused < 300


def test_a_tensor_without_its_buffer_is_named(tflite_of):
    tensors = [("x", "FLOAT32", [1], 0, {}), ("lost", "FLOAT32", [1], 7, {})]
    artifact = tflite_of.write(tensors, [("ADD", [0, 0], [1])], [b""])
    with pytest.raises(ConversionError, match="tensor 'lost' has no buffer"):
        parse_tflite(artifact.entry.read_bytes(), WHERE)


def test_an_operator_on_a_tensor_that_is_not_there_is_refused(tflite_of):
    tensors = [("x", "FLOAT32", [1], 0, {}), ("y", "FLOAT32", [1], 0, {})]
    artifact = tflite_of.write(tensors, [("ADD", [0, 9], [1])], [b""])
    with pytest.raises(ConversionError, match="uses a tensor that is not there"):
        parse_tflite(artifact.entry.read_bytes(), WHERE)


def packed(model):
    import flatbuffers

    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def test_buffers_may_lie_behind_the_flatbuffer(content, tflite_of):
    model = tflite_of.schema.ModelT.InitFromPackedBuf(content)
    model.buffers[1].data, model.buffers[1].offset, model.buffers[1].size = None, 2, 6
    model.buffers[1].offset = len(packed(model))
    large = packed(model) + b"uvwxyz"
    assert parse_tflite(large, WHERE).buffers[1].tobytes() == b"uvwxyz"
    with pytest.raises(ConversionError, match="damaged"):
        parse_tflite(large[:-1], WHERE)


def test_signatures_name_tensors(content, tflite_of):
    schema = tflite_of.schema
    model = schema.ModelT.InitFromPackedBuf(content)
    signature = schema.SignatureDefT()
    signature.signatureKey, signature.subgraphIndex = "serve", 0
    signature.inputs, signature.outputs = [schema.TensorMapT()], [schema.TensorMapT()]
    signature.inputs[0].name, signature.inputs[0].tensorIndex = "image", 0
    signature.outputs[0].name, signature.outputs[0].tensorIndex = "scores", 2
    model.signatureDefs = [signature]
    model.subgraphs[0].tensors[0].shapeSignature = [-1, 3]
    read = parse_tflite(packed(model), WHERE)
    assert read.signatures == (("serve", 0, (("image", 0),), (("scores", 2),)),)
    assert read.graphs[0].tensors[0].declared_shape == (-1, 3)
    signature.outputs[0].tensorIndex = 3
    with pytest.raises(ConversionError, match="signature 'serve' has a tensor that is not there"):
        parse_tflite(packed(model), WHERE)
    signature.subgraphIndex = 1
    with pytest.raises(ConversionError, match="signature 'serve' has a tensor that is not there"):
        parse_tflite(packed(model), WHERE)


def test_parts_that_are_referred_to_over_and_over_end():
    """Vectors of a thousand graphs, each of which is the same, with the same long vector."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    builder = flatbuffers.Builder()
    numbers = builder.CreateNumpyVector(np.zeros(1000, np.int32))
    schema.SubGraphStart(builder)
    schema.SubGraphAddInputs(builder, numbers)
    graph = schema.SubGraphEnd(builder)
    schema.ModelStartSubgraphsVector(builder, 1000)
    for _ in range(1000):
        builder.PrependUOffsetTRelative(graph)
    graphs = builder.EndVector()
    schema.ModelStart(builder)
    schema.ModelAddSubgraphs(builder, graphs)
    builder.Finish(schema.ModelEnd(builder), b"TFL3")
    with pytest.raises(ConversionError, match="it says that it has more parts than bytes"):
        parse_tflite(bytes(builder.Output()), WHERE)


@pytest.mark.parametrize(
    ("name", "fields", "callees"),
    [
        ("While", {"condSubgraphIndex": 1, "bodySubgraphIndex": 0}, ((1, 0), (0, 0))),
        ("If", {"thenSubgraphIndex": 0, "elseSubgraphIndex": 1}, ((0, 1), (1, 1))),
        ("Call", {"subgraph": 1}, ((1, 0),)),
    ],
)
def test_graphs_that_an_operator_runs(content, tflite_of, name, fields, callees):
    schema = tflite_of.schema
    model = schema.ModelT.InitFromPackedBuf(content)
    model.subgraphs.append(schema.SubGraphT())
    code = getattr(schema.BuiltinOperator, name.upper())
    model.operatorCodes[0].builtinCode = model.operatorCodes[0].deprecatedBuiltinCode = code
    operator = model.subgraphs[0].operators[0]
    operator.builtinOptionsType = getattr(schema.BuiltinOptions, f"{name}Options")
    operator.builtinOptions = getattr(schema, f"{name}OptionsT")()
    for field, value in fields.items():
        setattr(operator.builtinOptions, field, value)
    assert parse_tflite(packed(model), WHERE).graphs[0].operators[0].callees == callees
    del model.subgraphs[1]
    with pytest.raises(ConversionError, match=f"{name.upper()} calls a graph that is not there"):
        parse_tflite(packed(model), WHERE)
