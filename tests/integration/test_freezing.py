"""Frozen graphs: node for node those of TensorFlow's own function, in the same order."""

from __future__ import annotations

import pytest

from sizewise.convert import freeze
from sizewise.models import open_object
from support.graphs import function_of, opened, random_constant
from support.made import conditional, fused_cnn


def unread_parts():
    """An input that nobody reads, an output that is an input, and one that is a constant."""
    import tensorflow as tf

    def call(scalar, unread):
        del unread
        return {"twice": 2 * scalar, "same": scalar, "fixed": tf.constant([1.0, 2.0])}

    return opened(function_of(call, scalar=([], "float32"), unread=[None, 3]))


def effects():
    """What is computed besides the outputs has to be waited for, or is dropped."""
    import tensorflow as tf

    variable = tf.Variable(random_constant(3, 2))

    def call(x):
        tf.debugging.assert_greater(tf.reduce_max(x), -1.0)
        with tf.control_dependencies([tf.identity(x, name="first")]):
            shared = x @ variable
        tf.tanh(shared)
        return {"y": shared + tf.nn.relu(shared)}

    return opened(function_of(call, x=[None, 3]), variable)


MAKERS = {
    "branches": lambda: open_object(conditional().thing),
    "convolutions": lambda: open_object(fused_cnn().thing),
    "effects": effects,
    "unread parts": unread_parts,
}


@pytest.mark.parametrize("name", MAKERS)
def test_the_nodes_and_their_order_are_those_of_tensorflow(name):
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    model = MAKERS[name]()
    theirs = convert_variables_to_constants_v2(
        model.function, lower_control_flow=True, aggressive_inlining=True
    ).graph.as_graph_def()
    ours = freeze(model).graph_def
    inputs = {tensor.op.name for tensor in model.function.inputs}
    assert plain_nodes(ours, inputs) == plain_nodes(theirs, inputs)
    assert {node.name for node in ours.node} == {node.name for node in theirs.node}
    assert ours.versions == theirs.versions


def plain_nodes(graph_def, inputs):
    """The nodes after the inputs, which TensorFlow puts into an order that varies."""
    for node in graph_def.node:
        # Another thing that varies, and that nobody looks at.
        node.attr.pop("_has_manual_control_dependencies", None)
    return [node for node in graph_def.node if node.name not in inputs]
