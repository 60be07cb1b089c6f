"""The steps of TensorFlow's converter on a frozen graph, each taken once.

``TFLiteConverter`` saves a function as a SavedModel for every encoding and opens that twice, only
to learn the names of its inputs and outputs; and for int8 and int16x8 it converts to float32 again
and calibrates again. The steps themselves take a ``GraphDef`` and the file of the step before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sizewise.convert.tflite.feeds import Feeds
from sizewise.convert.tflite.lite import ENCODINGS, unsupported_ops
from sizewise.convert.tflite.signature import SIGNATURE_KEY
from sizewise.domain import Graph, Signature, TensorSpec

_FLOWS = frozenset(["Enter", "Switch", "Merge", "Exit", "NextIteration", "LoopCond"])
_FAKE_QUANTIZATION = frozenset(
    [
        "FakeQuantWithMinMaxVars",
        "FakeQuantWithMinMaxVarsPerChannel",
        "FakeQuantWithMinMaxArgs",
        "QuantizeAndDequantizeV2",
        "QuantizeAndDequantizeV3",
    ]
)
_NO_FEEDS: Feeds = ()


class MergedError(Exception):
    """An input or output of the graph has become one tensor with another: its place is unsure."""


def is_straight(graph: Graph) -> bool:
    """Whether these steps make of ``graph`` what the whole converter makes of its function.

    Not with loops and branches, whose constants it orders otherwise, with functions, tables, or
    fake quantization, which makes integers of any encoding, nor where the graph lacks an input.
    """
    nodes = {node.name: node for node in graph.skeleton.node}
    special = _FLOWS | _FAKE_QUANTIZATION
    if graph.initializer is not None or any(
        node.op in special or any(value.HasField("func") for value in node.attr.values())
        for node in nodes.values()
    ):
        return False
    inputs = [nodes.get(spec.tensor.removesuffix(":0")) for spec in graph.signature.inputs]
    outputs = {spec.tensor for spec in graph.signature.outputs}
    return all(node is not None and node.op == "Placeholder" for node in inputs) and (
        len(outputs) == len(graph.signature.outputs)
    )


def convert(graph: Graph, encoding: str) -> bytes:
    """``graph`` in TFLite's ops, without a signature; integers are left to ``quantize``.

    Raises UnsupportedOpError where TFLite lacks an op.
    """
    import tensorflow as tf
    from tensorflow.lite.python.convert import convert_graphdef

    converter, mode = _settings(encoding)
    flags = converter._get_base_converter_args() | mode.converter_flags()  # noqa: SLF001
    with unsupported_ops():
        content: bytes = convert_graphdef(
            graph.graph_def,
            input_tensors=[
                tf.TensorSpec(spec.shape, tf.as_dtype(spec.dtype), name=spec.tensor)
                for spec in graph.signature.inputs
            ],
            output_tensors=[
                tf.TensorSpec(spec.shape, tf.as_dtype(spec.dtype), name=spec.tensor)
                for spec in graph.signature.outputs
            ],
            **flags,
        )
    return content


def calibrate(converted: bytes, feeds: Feeds, signature: Signature) -> Any:
    """TensorFlow's calibrator for a float32 file, which has seen all of ``feeds``."""
    from tensorflow.lite.python.optimize.calibrator import Calibrator, add_intermediate_tensors

    calibrator = Calibrator(add_intermediate_tensors(converted))
    names = [spec.name for spec in signature.inputs]
    calibrator._feed_tensors(  # noqa: SLF001
        lambda: ([feed[name] for name in names] for feed in feeds), resize_input=True
    )
    return calibrator


def quantize(calibrator: Any, encoding: str) -> bytes:
    """The calibrated file with integers: int8 by the newer quantizer, int16x8 by the older one."""
    import tensorflow as tf
    from tensorflow.lite.python.convert import mlir_quantize

    known = calibrator._calibrator  # noqa: SLF001
    if encoding == "int8":
        content: bytes = mlir_quantize(
            known.Calibrate(), input_data_type=tf.float32, output_data_type=tf.float32
        )
        return content
    float32, int16, int64 = (np.dtype(name).num for name in ("f4", "i2", "i8"))
    allow_float, *per_tensor = False, False, False
    quantized: bytes = known.QuantizeModel(float32, float32, allow_float, int16, int64, *per_tensor)
    return quantized


def finish(content: bytes, encoding: str, signature: Signature) -> bytes:
    """A converted file with equal buffers stored once, its signature, and how it was made.

    Raises MergedError where the file has a tensor of the signature under another name.
    """
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.python import util
    from tensorflow.lite.python.conversion_metadata_schema_py_generated import ModelType
    from tensorflow.lite.python.convert import deduplicate_readonly_buffers
    from tensorflow.lite.tools import flatbuffer_utils

    model = flatbuffer_utils.convert_bytearray_to_object(deduplicate_readonly_buffers(content))
    (main,) = model.subgraphs
    named = schema.SignatureDefT()
    named.signatureKey = SIGNATURE_KEY
    named.inputs = _bound(signature.inputs, main.inputs, main.tensors)
    named.outputs = _bound(signature.outputs, main.outputs, main.tensors)
    model.signatureDefs = [named]
    converter, _ = _settings(encoding)
    converter._save_conversion_params_metric()  # noqa: SLF001
    metadata = converter._metadata  # noqa: SLF001
    metadata.environment.modelType = ModelType.TF_CONCRETE_FUNCTIONS
    metadata.environment.modelHash = util.get_model_hash(model)
    marked = util.populate_conversion_metadata(model, metadata)
    finished: bytes = flatbuffer_utils.convert_object_to_bytearray(marked)
    return finished


def _bound(specs: Sequence[TensorSpec], places: Sequence[int], tensors: Sequence[Any]) -> list[Any]:
    """What binds ``specs`` to the tensors at ``places``, which are to be named as theirs are."""
    from tensorflow.lite.python import schema_py_generated as schema

    found = [tensors[place].name.decode() for place in places]
    if found != [spec.tensor.removesuffix(":0") for spec in specs]:
        raise MergedError(f"{[spec.tensor for spec in specs]} became {found}")
    maps = []
    for spec, place in zip(specs, places, strict=True):
        named = schema.TensorMapT()
        named.name, named.tensorIndex = spec.name, place
        maps.append(named)
    return maps


def _settings(encoding: str) -> tuple[Any, Any]:
    """A converter without a model, set for ``encoding``, and what it calls its mode."""
    from tensorflow.lite.python import lite

    converter = lite.TFLiteConverterBaseV2()
    ENCODINGS[encoding](converter, lambda: _NO_FEEDS)
    mode = lite.QuantizationMode(
        converter.optimizations,
        converter.target_spec,
        converter.representative_dataset,
        graph_def=None,
        experimental_new_dynamic_range_quantizer=converter.experimental_new_dynamic_range_quantizer,
    )
    return converter, mode
