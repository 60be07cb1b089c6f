"""Batch norms found in frozen graphs."""

import numpy as np
import pytest
from tests.support.nodes import by_name, node

from sizewise.compress.obs.free.constants import Constants
from sizewise.compress.obs.free.norms import statistics_of

VALUES = {
    "gamma": np.array([2.0, -1.0], np.float32),
    "beta": np.array([0.5, -3.0], np.float32),
    "mean": np.array([7.0, 8.0], np.float32),
    "variance": np.array([0.99, 3.99], np.float32),
    "epsilon": np.float32(0.01),
    "bias": np.array([1.0, 1.0], np.float32),
}
CONSTANTS = [node("Const", name) for name in VALUES]
EXPECTED_VARIANCE = [4 * 0.99, 3.99 / 4]


def found(*nodes):
    known = by_name(*CONSTANTS, *nodes)
    return statistics_of(known, Constants(known, VALUES))


def fused(tensor, **attributes):
    given = {"epsilon": 0.01, "is_training": False, **attributes}
    return node("FusedBatchNormV3", "norm", tensor, "gamma", "beta", "mean", "variance", **given)


def test_a_batch_norm_of_one_op_by_its_name_and_that_of_its_offset():
    statistics = found(
        node("Conv2D", "conv", "image", "kernel"),
        node("BiasAdd", "biased", "conv", "bias"),
        fused("biased"),
    )
    for spread in (statistics.outputs["norm"], statistics.offsets["conv_bn_offset"]):
        np.testing.assert_allclose(spread.mean, [0.5, -3.0])
        np.testing.assert_allclose(spread.variance, EXPECTED_VARIANCE, rtol=1e-6)


def test_constants_are_found_behind_identities():
    statistics = found(
        node("Identity", "read", "beta"),
        node("FusedBatchNorm", "norm", "x", "gamma", "read", "mean", "variance", is_training=False),
    )
    np.testing.assert_allclose(statistics.outputs["norm"].mean, [0.5, -3.0])


@pytest.mark.parametrize("attributes", [{"is_training": True}, {"data_format": b"NCHW"}])
def test_batch_norms_that_are_left_alone(attributes):
    assert not found(fused("x", **attributes)).outputs


def test_a_batch_norm_without_the_attribute_is_in_training_mode():
    assert not found(
        node("FusedBatchNormV3", "norm", "x", "gamma", "beta", "mean", "variance")
    ).outputs


def written_out(*, scale=True, center=True):
    """As Keras 3 writes a batch norm out."""
    factor = "factor" if scale else "root"
    nodes = [
        node("AddV2", "damped", "variance", "epsilon"),
        node("Rsqrt", "root", "damped"),
        node("Mul", "factor", "root", "gamma"),
        node("Mul", "product", "x", factor),
    ]
    if center:
        nodes += [node("Mul", "shift", "mean", factor), node("Sub", "offset", "beta", "shift")]
    else:
        nodes += [node("Neg", "minus", "mean"), node("Mul", "offset", "minus", factor)]
    return [*nodes, node("AddV2", "norm", "product", "offset")]


@pytest.mark.parametrize("scale", [True, False])
@pytest.mark.parametrize("center", [True, False])
def test_a_batch_norm_that_is_written_out(scale, center):
    statistics = found(*written_out(scale=scale, center=center))
    assert statistics.outputs.keys() == {"norm"}
    for spread in (statistics.outputs["norm"], statistics.offsets["offset"]):
        np.testing.assert_allclose(spread.mean, [0.5, -3.0] if center else [0, 0])
        wanted = EXPECTED_VARIANCE if scale else [0.99, 3.99 / 4]
        np.testing.assert_allclose(spread.variance, wanted, rtol=1e-6)


def test_an_addition_of_constants_is_no_batch_norm():
    assert not found(
        node("Mul", "product", "x", "gamma"), node("AddV2", "sum", "product", "beta")
    ).outputs


def test_statistics_that_are_no_numbers_are_none():
    broken = {**VALUES, "beta": np.array([np.nan, 0], np.float32)}
    known = by_name(*CONSTANTS, fused("x"))
    assert not statistics_of(known, Constants(known, broken)).outputs
