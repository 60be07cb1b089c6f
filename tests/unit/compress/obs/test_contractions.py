"""Ops as matrix products: rows times matrices is what the op computes."""

import numpy as np
import pytest

from sizewise.compress.obs.contractions import Blocks, Einsum, Lookup, Product
from sizewise.compress.obs.convolutions import Convolution, Transposed
from sizewise.compress.obs.moments import Moments, moments_of


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


def test_three_dimensional_convolutions():
    rng = np.random.default_rng(0)
    videos, kernel = rng.normal(size=(2, 5, 4, 6, 3)), rng.normal(size=(2, 3, 2, 3, 4))
    contraction = Convolution((2, 3, 2), (1, 2, 1), (2, 1, 1), "SAME")
    found = product(contraction, kernel, videos)[0].reshape(2, 5, 2, 6, 4)
    # Of 4 pixels, every second place of a window of 3 needs one zero, and it comes behind.
    padded = np.pad(videos, ((0, 0), (1, 1), (0, 1), (0, 1), (0, 0)))
    for place in np.ndindex(5, 2, 6):
        a, b, c = place
        window = padded[:, a : a + 3 : 2, 2 * b : 2 * b + 3, c : c + 2]
        np.testing.assert_allclose(found[:, a, b, c], np.einsum("nabci,abcio->no", window, kernel))


def scattered(images, kernel, result, *, strides, dilations, before):
    """A transposed convolution by its definition: each pixel adds to the places it is seen from."""
    found = np.zeros((len(images), *result, kernel.shape[2]))
    for y, x in np.ndindex(images.shape[1:3]):
        for i, j in np.ndindex(kernel.shape[:2]):
            down = y * strides[0] + i * dilations[0] - before[0]
            right = x * strides[1] + j * dilations[1] - before[1]
            if 0 <= down < result[0] and 0 <= right < result[1]:
                found[:, down, right] += images[:, y, x] @ kernel[i, j].T
    return found


@pytest.mark.parametrize(
    ("strides", "dilations", "padding", "result", "before"),
    [
        ((2, 2), (1, 1), "SAME", (8, 6), (0, 0)),
        ((2, 2), (1, 1), "SAME", (7, 5), (1, 0)),
        ((1, 1), (1, 1), "SAME", (4, 3), (1, 0)),
        ((3, 2), (1, 1), "VALID", (12, 6), (0, 0)),
        ((2, 1), (1, 1), ((1, 0), (0, 1)), (8, 3), (1, 0)),
        ((1, 1), (2, 2), "VALID", (8, 5), (0, 0)),
    ],
)
def test_transposed_convolutions(strides, dilations, padding, result, before):
    rng = np.random.default_rng(0)
    images, kernel = rng.normal(size=(2, 4, 3, 3)), rng.normal(size=(3, 2, 5, 3))
    expected = scattered(
        images, kernel, result, strides=strides, dilations=dilations, before=before
    )
    # Where the size of the result is not known, it is the one that Keras gives.
    for known in {result, result if result == (7, 5) else (None, None)}:
        contraction = Transposed((3, 2), strides, dilations, padding, known)
        found = product(contraction, kernel, images)[0].reshape(2, *result, 5)
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_taps_that_no_place_sees_together_have_no_moments_in_common():
    images = np.random.default_rng(0).normal(size=(8, 3, 3, 2)).astype(np.float32)
    moments = Moments(Transposed((4, 4), (2, 2), (1, 1), "SAME", (6, 6)))
    moments.add(images, 8)
    by_tap = moments.total[0, :-1, :-1].reshape(4, 4, 2, 4, 4, 2)
    for i, j, k, m in np.ndindex(4, 4, 4, 4):
        together = by_tap[i, j, :, k, m]
        assert together.any() == ((i - k) % 2 == 0 and (j - m) % 2 == 0)


def test_rows_of_a_table_are_counted():
    numbers = np.array([[0, 2, 2], [2, 0, 4]])
    contraction, table = Lookup(5), np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(product(contraction, table, numbers).sum(axis=0)[1], table[2])
    counted, summed = moments_of(contraction), Moments(contraction)
    for moments in (counted, summed):
        moments.add(numbers[:1], 1)
        moments.add(numbers[1:], 1)
    np.testing.assert_array_equal(counted.total[:, 0, 0], [3, 1, 4, 1, 2])
    once = [[1, 0], [0, 0]]
    np.testing.assert_array_equal(counted.total, summed.total + once)


def test_blocks_have_the_moments_on_the_diagonal():
    x = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    kernel = np.random.default_rng(1).normal(size=(6, 4))
    whole = Product((6, 4), False, False, False)
    blocks = Blocks(whole, 3)
    np.testing.assert_allclose(product(blocks, kernel, x).sum(axis=0), x @ kernel, rtol=1e-6)
    parts, all_at_once = Moments(blocks), Moments(whole)
    parts.add(x, 20)
    all_at_once.add(x, 20)
    for block in range(3):
        own = slice(2 * block, 2 * block + 2)
        np.testing.assert_allclose(
            parts.total[block, :-1, :-1], all_at_once.total[0, own, own], rtol=1e-6
        )


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
