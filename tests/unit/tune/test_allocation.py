"""The ladder against all mixes that there are."""

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.tune import Choices, Point, ladder


def tensor(name, *points):
    """A tensor of (size, distortion) points whose encodings are their places."""
    return Choices(
        name, tuple(Point(str(at), size, spoilt) for at, (size, spoilt) in enumerate(points))
    )


points = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60)), min_size=1, max_size=5)
tensors = st.lists(points, min_size=1, max_size=4).map(
    lambda listed: [tensor(f"t{at}", *each) for at, each in enumerate(listed)]
)


def all_mixes(tensors):
    return [
        (sum(point.size for point in mix), sum(point.distortion for point in mix))
        for mix in product(*(each.points for each in tensors))
    ]


@given(tensors)
def test_no_mix_is_better_than_a_rung(tensors):
    mixes = all_mixes(tensors)

    for rung in ladder(tensors):
        better = [
            mix
            for mix in mixes
            if mix[0] <= rung.size
            and mix[1] <= rung.distortion
            and mix != (rung.size, rung.distortion)
        ]
        assert not better


@given(tensors, st.floats(0.01, 100))
def test_for_every_price_of_a_byte_a_rung_is_the_best_mix(tensors, price):
    best = min(distortion + price * size for size, distortion in all_mixes(tensors))

    found = min(rung.distortion + price * rung.size for rung in ladder(tensors))

    assert found == pytest.approx(best)


@given(tensors)
def test_sums_are_those_of_the_chosen_points(tensors):
    for rung in ladder(tensors):
        chosen = [each[rung.encodings[each.name]] for each in tensors]
        assert rung.size == sum(point.size for point in chosen)
        assert rung.distortion == sum(point.distortion for point in chosen)


@given(tensors)
def test_one_tensor_moves_at_a_time_and_sizes_fall(tensors):
    rungs = ladder(tensors)

    for before, after in pairwise(rungs):
        moved = [n for n in before.encodings if before.encodings[n] != after.encodings[n]]
        assert len(moved) == 1
        assert after.size < before.size
        assert after.distortion > before.distortion


def test_bytes_go_where_they_count():
    fragile = tensor("fragile", (100, 0), (50, 1000))
    sturdy = tensor("sturdy", (100, 0), (50, 1))

    exact, middle, small = ladder([fragile, sturdy])

    assert exact.encodings == {"fragile": "0", "sturdy": "0"}
    assert middle.encodings == {"fragile": "0", "sturdy": "1"}
    assert small.size == 100


def test_infinite_distortion_is_the_last_resort():
    rungs = ladder([tensor("t", (100, 0), (50, 1), (10, float("inf")))])

    assert [rung.size for rung in rungs] == [100, 50, 10]


def test_a_tensor_without_encodings_is_refused():
    with pytest.raises(ValueError, match="no encoding"):
        Choices("t", ())


def test_two_tensors_of_one_name_are_refused():
    with pytest.raises(ValueError, match="one name"):
        ladder([tensor("t", (1, 0)), tensor("t", (1, 0))])
