"""How many levels of eight bits the channels of a kernel use."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from sizewise.convert.tflite.findings import _by_channel, _has_few_levels


def op_of(kind, *, transposed=False):
    return SimpleNamespace(op=kind, attr={"transpose_b": SimpleNamespace(b=transposed)})


@pytest.mark.parametrize(
    ("op", "shape", "expected"),
    [
        (op_of("Conv2D"), (3, 3, 4, 5), (36, 5)),
        (op_of("DepthwiseConv2dNative"), (3, 3, 4, 2), (9, 8)),
        (op_of("MatMul"), (6, 5), (6, 5)),
        (op_of("MatMul", transposed=True), (5, 6), (6, 5)),
        (op_of("GatherV2"), (5, 6), (30, 1)),
    ],
)
def test_each_channel_is_a_column(op, shape, expected):
    slot = 0 if op.op == "GatherV2" else 1
    assert _by_channel(np.zeros(shape, np.float32), op, slot).shape == expected


def normal(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_normal_weights_use_their_levels():
    assert not _has_few_levels(normal(500, 20))


@pytest.mark.parametrize("rows", [64, 200, 1000])
def test_an_outlier_in_one_channel_of_many_is_found(rows):
    weights = normal(rows, 20)
    weights[-1, 7] = 1000
    assert _has_few_levels(weights)


def test_an_outlier_in_a_channel_does_no_harm_to_the_others():
    weights = normal(200, 2)
    weights[:, 0] *= 1000
    assert not _has_few_levels(weights)


def test_what_has_few_values_needs_few_levels():
    clustered = np.round(normal(200, 3))
    assert not _has_few_levels(clustered)
    assert not _has_few_levels(np.zeros((200, 3), np.float32))
    assert not _has_few_levels(np.zeros((200, 0), np.float32))
    few = normal(63, 3)
    few[0] = 1000
    assert not _has_few_levels(few)
