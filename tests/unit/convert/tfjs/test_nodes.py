from types import SimpleNamespace

import pytest

from sizewise.convert.tfjs.nodes import GraphIndex, port, producer


def node(name, *inputs):
    return SimpleNamespace(name=name, op="Op", input=list(inputs))


@pytest.mark.parametrize(
    ("tensor", "name", "number"), [("a", "a", 0), ("a:0", "a", 0), ("a/b:12", "a/b", 12)]
)
def test_an_input_names_a_node_and_its_output(tensor, name, number):
    assert (producer(tensor), port(tensor)) == (name, number)


def test_a_control_input_names_a_node():
    assert producer("^a/b") == "a/b"


@pytest.fixture
def index():
    a, b = node("a"), node("b", "a")
    c, d = node("c", "a:1", "b", "^a"), node("d", "c")
    return GraphIndex(SimpleNamespace(node=[a, b, c, d]), ["b"])


def test_sources_are_found_by_slot(index):
    c = node("c", "a:1", "b", "^a")
    assert [getattr(index.source(c, slot), "name", None) for slot in range(4)] == [
        "a",
        "b",
        None,
        None,
    ]


def test_uses_are_data_edges_with_their_ports(index):
    assert [(use.node.name, use.slot, use.port) for use in index.uses("a")] == [
        ("b", 0, 0),
        ("c", 0, 1),
    ]


def test_private_is_what_one_input_and_no_result_sees(index):
    assert {name: index.is_private(name) for name in "abcd"} == {
        "a": False,
        "b": False,
        "c": True,
        "d": False,
    }
