from hypothesis import given
from hypothesis import strategies as st

from sizewise.analysis.pareto import place

COST = st.integers(0, 6).map(float)
ITEMS = st.lists(st.tuples(COST, COST), max_size=25).map(
    lambda costs: [(index, *cost) for index, cost in enumerate(costs)]
)


def dominates(one, other):
    return one[0] <= other[0] and one[1] <= other[1] and one != other


def test_a_small_picture():
    placed = place([("big", 9, 0), ("small", 1, 5), ("bad", 4, 6), ("mid", 3, 2), ("twin", 3, 2)])
    assert [(p.item, p.dominated_by) for p in placed] == [
        ("small", None),
        ("mid", None),
        ("twin", None),
        ("bad", "mid"),
        ("big", None),
    ]


def test_nothing_has_no_front():
    assert place([]) == ()


@given(ITEMS)
def test_an_item_is_on_the_front_exactly_if_nothing_dominates_it(items):
    costs = {item: (size, drift) for item, size, drift in items}
    for placed in place(items):
        beaten = any(dominates(other, costs[placed.item]) for other in costs.values())
        assert placed.on_front is not beaten


@given(ITEMS)
def test_what_is_named_dominates_and_is_on_the_front_itself(items):
    placed = place(items)
    by_item = {each.item: each for each in placed}
    for each in placed:
        if each.dominated_by is not None:
            better = by_item[each.dominated_by]
            assert better.on_front
            assert dominates((better.size, better.drift), (each.size, each.drift))


@given(ITEMS)
def test_every_item_is_placed_once_from_the_smallest(items):
    placed = place(items)
    assert sorted(each.item for each in placed) == [item for item, _, _ in items]
    assert [each.size for each in placed] == sorted(size for _, size, _ in items)
