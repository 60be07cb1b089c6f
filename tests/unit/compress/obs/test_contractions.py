"""Ops as matrix products: rows times matrices is what the op computes."""

import numpy as np
import pytest

from sizewise.compress.obs.contractions import Convolution, Einsum, Product
from sizewise.compress.obs.moments import Moments


def everything(count):
    return np.arange(count)


def product(contraction, kernel, activations):
    """[P, rows, outputs]: what the contraction says the op computes."""
    return contraction.rows(activations, everything) @ contraction.matrices(kernel)


def convolved(images, kernel, *, strides, dilations, padding, groups):
    """A convolution by its definition, on images that have their zeros around them already."""
    images = np.pad(images, ((0, 0), *padding, (0, 0)))
    height, width, inputs, outputs = kernel.shape
    high = (images.shape[1] - (height - 1) * dilations[0] - 1) // strides[0] + 1
    wide = (images.shape[2] - (width - 1) * dilations[1] - 1) // strides[1] + 1
    result = np.zeros((len(images), high, wide, outputs))
    for y in range(high):
        for x in range(wide):
            for out in range(outputs):
                first = out // (outputs // groups) * inputs
                for i in range(height):
                    for j in range(width):
                        pixel = images[
                            :,
                            y * strides[0] + i * dilations[0],
                            x * strides[1] + j * dilations[1],
                            first : first + inputs,
                        ]
                        result[:, y, x, out] += pixel @ kernel[i, j, :, out]
    return result


@pytest.mark.parametrize(
    ("strides", "dilations", "padding", "around"),
    [
        ((1, 1), (1, 1), "VALID", ((0, 0), (0, 0))),
        # TensorFlow puts the odd zero behind.
        ((1, 1), (1, 1), "SAME", ((1, 1), (0, 1))),
        ((2, 2), (1, 1), "SAME", ((1, 1), (0, 0))),
        ((1, 2), (2, 1), "VALID", ((0, 0), (0, 0))),
        ((1, 1), (2, 2), "SAME", ((2, 2), (1, 1))),
        ((2, 1), (1, 1), ((2, 1), (0, 3)), ((2, 1), (0, 3))),
    ],
)
@pytest.mark.parametrize("groups", [1, 2])
def test_convolutions(strides, dilations, padding, around, groups):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(2, 7, 6, 4))
    kernel = rng.normal(size=(3, 2, 4 // groups, 6))
    contraction = Convolution((3, 2), strides, dilations, padding, groups)
    expected = convolved(
        images, kernel, strides=strides, dilations=dilations, padding=around, groups=groups
    )
    found = product(contraction, kernel, images).transpose(1, 0, 2).reshape(expected.shape)
    np.testing.assert_allclose(found, expected)


def test_each_channel_of_a_depthwise_convolution_is_a_problem_of_its_own():
    rng = np.random.default_rng(0)
    images, kernel = rng.normal(size=(2, 5, 5, 3)), rng.normal(size=(3, 3, 3, 2))
    contraction = Convolution((3, 3), (2, 2), (1, 1), "VALID", depthwise=True)
    assert contraction.matrices(kernel).shape == (3, 9, 2)
    found = product(contraction, kernel, images)
    for channel in range(3):
        one = convolved(
            images[..., channel : channel + 1],
            kernel[:, :, channel : channel + 1],
            strides=(2, 2),
            dilations=(1, 1),
            padding=((0, 0), (0, 0)),
            groups=1,
        )
        np.testing.assert_allclose(found[channel].reshape(one.shape), one)


@pytest.mark.parametrize("kernel_turned", [False, True])
@pytest.mark.parametrize("others_turned", [False, True])
def test_matrix_products(kernel_turned, others_turned):
    rng = np.random.default_rng(0)
    kernel, others = rng.normal(size=(3, 5)), rng.normal(size=(7, 3))
    stored = kernel.T if kernel_turned else kernel
    given = others.T if others_turned else others
    right = Product(stored.shape, False, kernel_turned, others_turned)
    np.testing.assert_allclose(product(right, stored, given)[0], others @ kernel)
    # On the left, kernel' x others' is the transpose of the same product.
    left = Product(stored.shape, True, not kernel_turned, not others_turned)
    np.testing.assert_allclose(product(left, stored, given)[0], others @ kernel)


def test_batches_of_matrices():
    rng = np.random.default_rng(0)
    kernel, others = rng.normal(size=(4, 3, 5)), rng.normal(size=(6, 4, 2, 3))
    found = product(Product(kernel.shape, False, False, False), kernel, others)
    expected = (others @ kernel).transpose(1, 0, 2, 3).reshape(4, -1, 5)
    np.testing.assert_allclose(found, expected)


def test_a_batch_of_one_is_no_batch():
    rng = np.random.default_rng(0)
    kernel, others = rng.normal(size=(1, 3, 5)), rng.normal(size=(6, 2, 3))
    found = product(Product(kernel.shape, False, False, False), kernel, others)
    np.testing.assert_allclose(found[0], (others @ kernel).reshape(-1, 5))


@pytest.mark.parametrize(
    ("kernel", "others", "result", "shapes"),
    [
        ("dnh", "abd", "abnh", ((4, 2, 3), (5, 6, 4))),
        ("nhd", "abnh", "abd", ((2, 3, 4), (5, 6, 2, 3))),
        ("ndh", "and", "anh", ((2, 4, 3), (5, 2, 4))),
    ],
)
def test_sums_of_products(kernel, others, result, shapes):
    rng = np.random.default_rng(0)
    w, x = (rng.normal(size=shape) for shape in shapes)
    contraction = Einsum(kernel, others, result)
    assert contraction.is_product
    found = product(contraction, w, x)
    expected = np.einsum(f"{others},{kernel}->{result}", x, w)
    assert found.size == expected.size
    np.testing.assert_allclose(np.sort(found, axis=None), np.sort(expected, axis=None))


@pytest.mark.parametrize(("kernel", "others", "result"), [("ab", "bc", "c"), ("aa", "ab", "b")])
def test_what_is_no_product_says_so(kernel, others, result):
    assert not Einsum(kernel, others, result).is_product


def test_moments_are_sums_over_batches_with_a_one_for_the_bias():
    x = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    moments = Moments(Product((3, 2), False, False, False))
    moments.add(x[:12], 12)
    moments.add(x[12:], 8)
    with_ones = np.append(x.astype(float), np.ones((20, 1)), axis=1)
    np.testing.assert_allclose(moments.total[0], with_ones.T @ with_ones, rtol=1e-5)


def test_of_many_rows_some_are_looked_at():
    x = np.ones((1, 2000, 3), np.float32)
    moments = Moments(Product((3, 2), False, False, False))
    moments.add(x, 1)
    assert moments.rows == moments.total[0, -1, -1] == 512
