from types import SimpleNamespace

import numpy as np
import pytest

from sizewise.compress.training.kernels import kernels, other_matrices


def variable(name, *shape):
    return SimpleNamespace(name=f"{name}:0", shape=shape, trainable=True)


def layer(kind, *weights):
    """What is needed of a layer of Keras 2."""
    made = type(kind, (), {})()
    made.name, made.weights = kind.lower(), list(weights)
    return made


def model(*layers):
    return SimpleNamespace(_flatten_layers=lambda: layers)


@pytest.mark.parametrize(
    ("kind", "name", "shape", "axis"),
    [
        ("Conv2D", "a/kernel", (3, 3, 4, 8), -2),
        ("Dense", "a/kernel", (4, 8), -2),
        ("GRUCell", "a/recurrent_kernel", (4, 12), -2),
        ("SeparableConv2D", "a/pointwise_kernel", (1, 1, 4, 8), -2),
        ("SeparableConv2D", "a/depthwise_kernel", (3, 3, 4, 1), None),
        ("DepthwiseConv2D", "a/kernel", (3, 3, 4, 1), None),
        ("Conv2DTranspose", "a/kernel", (3, 3, 8, 4), None),
        ("EinsumDense", "a/kernel", (4, 2, 3), None),
        ("Embedding", "a/embeddings", (10, 4), None),
    ],
)
def test_the_axis_of_inputs_by_kind_of_layer(kind, name, shape, axis):
    (found,) = kernels(model(layer(kind, variable(name, *shape), variable("a/bias", *shape[-1:]))))
    assert (found.name, found.axis) == (name, axis)


def test_biases_of_rank_2_and_vectors_are_no_kernels():
    weights = [variable("gru/bias", 2, 12), variable("q/bias", 2, 3), variable("a/kernel", 4)]
    made = model(layer("GRU", *weights))
    assert kernels(made) == ()
    assert other_matrices(made) == ()


def test_a_variable_counts_once_and_its_innermost_layer_knows_its_axis():
    shared = variable("gru/gru_cell/kernel", 4, 12)
    (found,) = kernels(
        model(layer("Model", shared), layer("GRU", shared), layer("GRUCell", shared))
    )
    assert found.axis == -2


def test_equal_names_are_told_apart():
    made = model(
        layer("Dense", variable("a/kernel", 2, 2)), layer("Dense", variable("a/kernel", 3, 3))
    )
    assert [each.name for each in kernels(made)] == ["a/kernel", "a/kernel (2)"]


def test_matrices_of_ones_own_layers_are_named():
    assert other_matrices(model(layer("Own", variable("own/w", 4, 8)))) == ("own/w",)


def test_reading_copies_and_writing_keeps_the_type():
    value = np.ones((2, 2), np.float32)
    made, written = variable("a/kernel", 2, 2), []
    made.numpy, made.assign = (lambda: value), written.append
    (found,) = kernels(model(layer("Dense", made)))
    found.read()[:] = 5
    assert (value == 1).all()
    found.write(np.zeros((2, 2)))
    assert written[0].dtype == np.float32
