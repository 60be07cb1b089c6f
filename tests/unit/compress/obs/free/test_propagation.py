"""Statistics of batch norms, carried on through a graph."""

import math

import numpy as np
import pytest
from tests.support.nodes import by_name, node

from sizewise.compress.obs.free.constants import Constants
from sizewise.compress.obs.free.normal import Spread, rectified
from sizewise.compress.obs.free.norms import Statistics
from sizewise.compress.obs.free.propagation import spreads

ONE = Spread(np.array([1.0, -2.0]), np.array([4.0, 9.0]))
OTHER = Spread(np.array([3.0, 5.0]), np.array([1.0, 0.25]))
NORMS = [node("FusedBatchNormV3", "one"), node("FusedBatchNormV3", "other")]
IMAGE = [None, 4, 4, 2]


def carried(*nodes, values=None, shapes=None):
    """What is known of the last of ``nodes``, which read the batch norms ``one`` and ``other``."""
    values = values or {}
    known = by_name(*NORMS, *(node("Const", name) for name in values), *nodes)
    found = spreads(
        known,
        Constants(known, values),
        Statistics({"one": ONE, "other": OTHER}, {"offset": ONE}),
        lambda tensor: (shapes or {}).get(tensor, IMAGE),
    )
    return found.get(nodes[-1].name)


def assert_is(spread, mean, variance):
    np.testing.assert_allclose(spread.mean, mean)
    np.testing.assert_allclose(spread.variance, variance)


@pytest.mark.parametrize("op", ["Identity", "AvgPool", "MaxPool", "Pad", "ResizeBilinear"])
def test_channels_stay(op):
    assert_is(carried(node(op, "end", "one")), ONE.mean, ONE.variance)


def test_averages_over_the_image_stay_and_others_are_unknown():
    mean = node("Mean", "end", "one", "axes")
    assert_is(carried(mean, values={"axes": np.array([1, -2])}), ONE.mean, ONE.variance)
    assert carried(mean, values={"axes": np.array([3])}) is None
    assert carried(mean, values={"axes": np.array([0])}) is None


@pytest.mark.parametrize(("op", "ceiling"), [("Relu", math.inf), ("Relu6", 6.0)])
def test_rectifiers(op, ceiling):
    wanted = rectified(ONE, ceiling)
    assert_is(carried(node(op, "end", "one")), wanted.mean, wanted.variance)


def test_an_image_in_a_row_repeats_its_channels():
    flat = carried(node("Reshape", "end", "one", "shape"), shapes={"end": [None, 32]})
    assert_is(flat, np.tile(ONE.mean, 16), np.tile(ONE.variance, 16))
    split = node("Reshape", "end", "one", "shape")
    assert carried(split, shapes={"end": [None, 4, 4, 2, 1]}) is None


def test_sums_of_tensors_and_of_constants():
    assert_is(carried(node("AddV2", "end", "one", "other")), [4, 3], [5, 9.25])
    assert_is(carried(node("AddV2", "end", "one", "one")), [2, -4], [16, 36])
    values = {"bias": np.array([[10.0, 20.0]])}
    assert_is(carried(node("BiasAdd", "end", "one", "bias"), values=values), [11, 18], [4, 9])


def test_factors():
    values = {"half": np.float32(0.5), "image": np.ones((4, 4, 2))}
    assert_is(carried(node("Mul", "end", "half", "one"), values=values), [0.5, -1], [1, 2.25])
    assert carried(node("Mul", "end", "image", "one"), values=values) is None
    assert carried(node("Mul", "end", "one", "other")) is None


def sampled(function):
    """Mean and variance of a function of the batch norm ``one``, by drawing from it."""
    drawn = np.random.default_rng(0).normal(ONE.mean, np.sqrt(ONE.variance), (400_000, 2))
    values = function(drawn)
    return values.mean(axis=0), values.var(axis=0)


GATED = {
    "swish": (
        [node("Sigmoid", "gate", "one"), node("Mul", "end", "one", "gate")],
        lambda x: x / (1 + np.exp(-x)),
    ),
    "hard swish": (
        [
            node("AddV2", "moved", "one", "three"),
            node("Relu6", "gate", "moved"),
            node("Mul", "product", "one", "gate"),
            node("Mul", "end", "product", "sixth"),
        ],
        lambda x: x * np.clip(x + 3, 0, 6) / 6,
    ),
    "leaky": ([node("LeakyRelu", "end", "one", alpha=0.1)], lambda x: np.where(x > 0, x, 0.1 * x)),
    "elu": ([node("Elu", "end", "one")], lambda x: np.where(x > 0, x, np.expm1(x))),
}


@pytest.mark.parametrize(("nodes", "function"), GATED.values(), ids=GATED.keys())
def test_functions_of_what_a_batch_norm_computes(nodes, function):
    values = {"three": np.full((1, 1, 1, 1), 3.0), "sixth": np.float32(1 / 6)}
    found, (mean, variance) = carried(*nodes, values=values), sampled(function)
    np.testing.assert_allclose(found.mean, mean, atol=0.02)
    np.testing.assert_allclose(found.variance, variance, rtol=0.02)


def test_a_gate_of_another_tensor_is_unknown():
    assert carried(node("Sigmoid", "gate", "other"), node("Mul", "end", "one", "gate")) is None


def test_channels_are_joined():
    values = {"axis": np.int32(-1), "first": np.int32(1)}
    joined = carried(node("ConcatV2", "end", "one", "other", "axis"), values=values)
    assert_is(joined, [1, -2, 3, 5], [4, 9, 1, 0.25])
    assert carried(node("ConcatV2", "end", "one", "other", "first"), values=values) is None


def test_nothing_is_known_behind_a_convolution_or_beside_an_unknown():
    assert carried(node("Conv2D", "conv", "one", "kernel"), node("Relu", "end", "conv")) is None
    assert carried(node("AddV2", "end", "one", "image")) is None
    assert carried(node("Identity", "end", "one:1")) is None


def test_a_folded_batch_norm_is_known_by_its_offset():
    values = {"offset": np.zeros(2), "offset/vector": np.zeros(2)}
    conv = node("Conv2D", "conv", "image", "kernel")
    for offset in values:
        added = carried(conv, node("BiasAdd", "end", "conv", offset), values=values)
        assert_is(added, ONE.mean, ONE.variance)
    shared = [node("BiasAdd", "first", "conv", "offset"), node("BiasAdd", "end", "conv", "offset")]
    assert carried(conv, *shared, values=values) is None


def test_the_order_of_nodes_does_not_matter():
    nodes = [node("Identity", "last", "middle"), node("Relu", "middle", "one")]
    found = carried(*nodes, node("Identity", "end", "last"))
    assert_is(found, rectified(ONE).mean, rectified(ONE).variance)
