from types import SimpleNamespace

from sizewise.domain import weight_names


def node(name, op, *inputs):
    return SimpleNamespace(name=name, op=op, input=list(inputs))


def test_a_kernel_is_a_weight_and_a_bias_is_not():
    nodes = [
        node("x", "Placeholder"),
        node("kernel", "Const"),
        node("read", "Identity", "kernel:0"),
        node("bias", "Const"),
        node("conv", "_FusedConv2D", "x", "read", "bias"),
    ]
    assert weight_names(nodes) == {"kernel"}


def test_weights_are_found_behind_changes_of_shape():
    nodes = [
        node("table", "Const"),
        node("cast", "Cast", "table"),
        node("axes", "Const"),
        node("turned", "Transpose", "cast", "axes"),
        node("product", "MatMul", "x", "turned"),
        node("x", "Placeholder"),
    ]
    assert weight_names(nodes) == {"table"}


def loop(*round_):
    """A loop whose variable starts at ``start`` and feeds a MatMul in every round."""
    return [
        node("start", "Const"),
        node("enter", "Enter", "start"),
        node("merge", "Merge", "enter", "next"),
        node("switch", "Switch", "merge", "condition"),
        node("body", "Identity", "switch:1"),
        node("kernel", "Const"),
        node("product", "MatMul", "body", "kernel"),
        *round_,
    ]


def test_the_initial_state_of_a_loop_is_no_weight():
    assert weight_names(loop(node("next", "NextIteration", "product"))) == {"kernel"}


def test_a_weight_that_a_loop_hands_on_is_one():
    assert weight_names(loop(node("next", "NextIteration", "body"))) == {"kernel", "start"}


def test_a_circle_that_leads_nowhere_ends():
    circle = [
        node("next", "NextIteration", "a"),
        node("a", "Identity", "b"),
        node("b", "Identity", "a"),
    ]
    assert weight_names(loop(*circle)) == {"kernel"}


def test_both_sides_of_a_condition_count():
    nodes = [
        node("one", "Const"),
        node("two", "Const"),
        node("merge", "Merge", "one", "two"),
        node("product", "MatMul", "x", "merge"),
    ]
    assert weight_names(nodes) == {"one", "two"}
