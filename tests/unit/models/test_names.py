import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.models.names import unique_names


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["image"], ["image"]),
        (["image:0", "block/conv-1"], ["image", "block_conv_1"]),
        (["shared", "shared", "shared"], ["shared", "shared_1", "shared_2"]),
        (["shared_1", "shared", "shared"], ["shared_1", "shared", "shared_2"]),
        (
            ["lambda", "3d", "_private", ""],
            ["tensor_lambda", "tensor_3d", "tensor__private", "tensor_"],
        ),
    ],
)
def test_names_that_a_graph_can_have(names, expected):
    assert unique_names(names) == expected


@given(st.lists(st.text(max_size=6)))
def test_names_are_distinct_identifiers_one_for_each(names):
    found = unique_names(names)
    assert len(set(found)) == len(names)
    assert all(name.isidentifier() and name.isascii() for name in found)
