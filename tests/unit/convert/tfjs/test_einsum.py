"""Equations of Einsum that are matrix products."""

from __future__ import annotations

import pytest

from sizewise.convert.tfjs.einsum import Product, read_equation


@pytest.mark.parametrize(
    ("equation", "batch", "rows", "columns", "summed"),
    [
        ("ab,bc->ac", "", "a", "c", "b"),
        ("abc,cde->abde", "", "ab", "de", "c"),
        ("abcd,cde->abe", "", "ab", "e", "cd"),
        ("aecd,abcd->acbe", "ac", "e", "b", "d"),
        ("a,b->ab", "", "a", "b", ""),
        ("ab,ab->", "", "", "", "ab"),
        ("ab, ab -> ab", "ab", "", "", ""),
    ],
)
def test_each_axis_has_its_part(equation, batch, rows, columns, summed):
    product = read_equation(equation)
    assert (product.batch, product.rows, product.columns, product.summed) == (
        batch,
        rows,
        columns,
        summed,
    )


def test_an_output_with_columns_before_rows_is_that_of_the_operands_exchanged():
    assert read_equation("aecd,abcd->acbe").is_swapped
    assert not read_equation("aecd,abcd->aceb").is_swapped


@pytest.mark.parametrize(
    "equation",
    ["ab->ba", "ab,bc,cd->ad", "ab,bc", "aab,bc->ac", "...a,ab->...b", "abz,bc->ac", "ab,bc->acd"],
)
def test_what_is_no_product_of_two_matrices_is_left(equation):
    assert read_equation(equation) is None


def test_axes_are_kept_as_they_stand():
    assert read_equation("ab,cb->ca") == Product(("ab", "cb"), "ca", "", "a", "c", "b")
