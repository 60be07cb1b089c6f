"""Configs of Keras 3 as Keras 2 writes them."""

from __future__ import annotations

import pytest

from sizewise.convert.tfjs_layers.keras2 import keras2_config
from sizewise.errors import ConversionError, UnsupportedOpError

ARGUMENTS = {
    "Dense": {"name", "dtype", "units", "activation", "kernel_initializer"},
    "InputLayer": {"name", "dtype", "batch_input_shape"},
    "GlorotUniform": {"seed"},
    "Add": {"name", "dtype"},
    "Bidirectional": {"name", "layer", "backward_layer"},
}
POLICY = {"class_name": "DTypePolicy", "config": {"name": "float32"}}


def accepts(kind):
    return ARGUMENTS.get(kind)


def layer(kind, name, *inbound, **config):
    return {
        "class_name": kind,
        "config": {"name": name, **config},
        "name": name,
        "module": "keras.layers",
        "inbound_nodes": list(inbound),
    }


def tensor(name, call=0, number=0):
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, call, number]}}


def call_of(*arguments, **keywords):
    return {"args": list(arguments), "kwargs": keywords}


def functional(*layers, inputs=("x", 0, 0), outputs=("y", 0, 0)):
    config = {
        "name": "net",
        "layers": list(layers),
        "input_layers": list(inputs),
        "output_layers": list(outputs),
    }
    return keras2_config("Functional", config, accepts)


def test_types_objects_and_names_are_those_of_keras_2():
    config = {
        "name": "d",
        "dtype": POLICY,
        "units": 3,
        "activation": "silu",
        "kernel_initializer": {
            "module": "keras.initializers",
            "class_name": "GlorotUniform",
            "config": {"seed": None},
            "registered_name": None,
        },
        "quantization_config": None,
    }
    assert keras2_config("Dense", config, accepts) == {
        "name": "d",
        "dtype": "float32",
        "units": 3,
        "activation": "swish",
        "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
    }


def test_the_shape_of_an_input_has_another_key():
    config = {"name": "x", "batch_shape": [None, 4], "ragged": False}
    assert keras2_config("InputLayer", config, accepts) == {
        "name": "x",
        "batch_input_shape": [None, 4],
    }


def test_layers_are_joined_by_lists_of_places():
    made = functional(
        layer("InputLayer", "x", batch_shape=[None, 4]),
        layer("Dense", "a", call_of(tensor("x")), units=4),
        layer("Add", "y", call_of([tensor("x"), tensor("a")])),
    )
    assert [each["inbound_nodes"] for each in made["layers"]] == [
        [],
        [[["x", 0, 0, {}]]],
        [[["x", 0, 0, {}], ["a", 0, 0, {}]]],
    ]
    assert (made["input_layers"], made["output_layers"]) == ([["x", 0, 0]], [["y", 0, 0]])


def test_calls_of_a_model_inside_the_model_count_from_one():
    inner = layer("Sequential", "inner", call_of(tensor("x")), layers=[layer("Dense", "d")])
    made = functional(layer("InputLayer", "x"), inner, outputs=("inner", 0, 0))
    assert made["output_layers"] == [["inner", 1, 0]]


def test_the_backward_layer_is_left_to_be_made_again():
    forward = {"class_name": "Dense", "config": {"name": "f", "units": 1}}
    config = {"name": "b", "layer": forward, "backward_layer": forward}
    assert keras2_config("Bidirectional", config, accepts).keys() == {"name", "layer"}


def test_an_unknown_class_is_refused_with_the_layers_name():
    with pytest.raises(UnsupportedOpError, match="'n' is of the class RMSNormalization") as info:
        keras2_config("RMSNormalization", {"name": "n"}, accepts)
    assert info.value.ops == {"RMSNormalization": ("n",)}


def test_an_operation_is_refused_by_name():
    operation = {**layer("Multiply", "m", call_of(tensor("x"), 2.0)), "module": "keras.src.ops.np"}
    with pytest.raises(UnsupportedOpError, match="'m' is the operation Multiply"):
        functional(layer("InputLayer", "x"), operation)


@pytest.mark.parametrize(
    "node",
    [
        call_of(tensor("x"), tensor("x")),
        call_of(tensor("x"), mask=tensor("x")),
        call_of({"a": tensor("x")}),
    ],
)
def test_a_call_with_more_than_tensors_is_refused(node):
    with pytest.raises(ConversionError, match="layer 'y' is called with more than a tensor"):
        functional(layer("InputLayer", "x"), layer("Dense", "y", node))
