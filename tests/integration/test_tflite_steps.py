"""Steps of TensorFlow's converter that encodings share, against its whole way for each."""

from __future__ import annotations

import numpy as np
import pytest

from sizewise.convert import CONVERTERS, freeze
from sizewise.convert.tflite import lite, straight
from sizewise.domain import Target
from support.graphs import batch_norm, data_of, function_of, opened, random_constant

CONVERTER = CONVERTERS[Target.TFLITE]()
ENCODINGS = ("float32", "float16", "dynamic_int8", "int8", "int16x8")


def prepared(call, data, **specs):
    return CONVERTER.prepare(freeze(opened(function_of(call, **specs))), data)


def network(x):
    import tensorflow as tf

    x = tf.nn.relu6(batch_norm(tf.nn.conv2d(x, random_constant(3, 3, 2, 8), 1, "SAME"), 8, 1))
    x = tf.nn.depthwise_conv2d(x, random_constant(3, 3, 8, 1), [1, 2, 2, 1], "SAME")
    x = tf.reshape(x, [-1, 4 * 4 * 8])
    y = tf.matmul(x, random_constant(4 * 4 * 8, 16)) + random_constant(16)
    return {"y": tf.nn.softmax(y)}


def structure(content):
    """Everything in a TFLite file that is computed with; names of tensors are not."""
    from tensorflow.lite.tools import flatbuffer_utils

    model = flatbuffer_utils.convert_bytearray_to_object(content)
    (main,) = model.subgraphs
    ops = [
        (
            model.operatorCodes[op.opcodeIndex].builtinCode,
            np.asarray(op.inputs).tolist(),
            np.asarray(op.outputs).tolist(),
            {name: np.asarray(value).tolist() for name, value in vars(op.builtinOptions).items()}
            if op.builtinOptions
            else None,
        )
        for op in main.operators
    ]
    (signature,) = model.signatureDefs
    ends = [
        {each.name: each.tensorIndex for each in side}
        for side in (signature.inputs, signature.outputs)
    ]
    return ops, [_tensor(tensor, model) for tensor in main.tensors], ends, signature.signatureKey


def _tensor(tensor, model):
    scale = tensor.quantization
    stored = model.buffers[tensor.buffer].data
    return (
        tensor.type,
        np.asarray(tensor.shape).tolist(),
        np.asarray(tensor.shapeSignature).tolist(),
        scale and [np.asarray(part).tolist() for part in (scale.scale, scale.zeroPoint)],
        scale and scale.quantizedDimension,
        None if stored is None else bytes(stored),
    )


@pytest.fixture(scope="module")
def shared():
    return prepared(network, data_of(x=(8, 8, 2)), x=[None, 8, 8, 2])


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_shared_steps_make_the_same_file(shared, encoding):
    assert shared.is_straight
    whole = lite.convert(shared.function, encoding, lambda: shared.feeds)
    assert structure(shared.file(encoding)) == structure(whole)


def test_int8_and_int16x8_share_one_calibration(monkeypatch):
    asked = []
    calibrate = straight.calibrate
    monkeypatch.setattr(straight, "calibrate", lambda *given: asked.append(0) or calibrate(*given))
    ready = prepared(network, data_of(x=(8, 8, 2)), x=[None, 8, 8, 2])
    # In either order the calibrator gives what it gives to one alone.
    backwards = [ready.file(encoding) for encoding in ("int16x8", "int8")]
    again = [ready.file(encoding) for encoding in ("int8", "int16x8")]
    assert backwards == again[::-1]
    assert len(asked) == 1


def two_ends(x):
    import tensorflow as tf

    return {"second": tf.matmul(x, random_constant(6, 3)), "first": tf.nn.relu(x)}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_outputs_keep_their_names(encoding):
    from ai_edge_litert.interpreter import Interpreter

    data = data_of(x=(6,))
    ready = prepared(two_ends, data, x=[None, 6])
    assert ready.is_straight
    content = ready.file(encoding)
    (x,) = data.judge.inputs.values()
    found = Interpreter(model_content=content).get_signature_runner("serving_default")(x=x[:1])
    assert found["first"] == pytest.approx(np.maximum(x[:1], 0), abs=0.05)
    assert found["second"].shape == (1, 3)


def branch(x):
    import tensorflow as tf

    return {"y": tf.cond(tf.reduce_sum(x) > 0, lambda: x, lambda: -x)}


def quantized(x):
    import tensorflow as tf

    return {"y": tf.quantization.fake_quant_with_min_max_args(x, -1, 1)}


def one_twice(x):
    return {"y": x, "z": x}


@pytest.mark.parametrize("call", [branch, quantized])
def test_what_other_steps_would_change_goes_the_whole_way(call):
    ready = prepared(call, data_of(x=(2,)), x=[None, 2])
    assert not ready.is_straight


def test_outputs_that_become_one_tensor_go_the_whole_way():
    ready = prepared(one_twice, data_of(x=(2,)), x=[None, 2])
    content = straight.convert(ready.graph, "float32")
    with pytest.raises(straight.MergedError):
        straight.finish(content, "float32", ready.signature)
    whole = lite.convert(ready.function, "float32", lambda: ready.feeds)
    assert structure(ready.file("float32")) == structure(whole)
