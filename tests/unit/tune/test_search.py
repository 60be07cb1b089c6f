"""How deep the search goes, what it verifies, and when it stops."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.tune import deepest, fixed_sequence, spread


def always():
    return True


def times(count):
    """There is time for so many trials."""
    left = [count]

    def go_on():
        left[0] -= 1
        return left[0] >= 0

    return go_on


@given(st.integers(0, 40), st.integers(0, 40), st.integers(-1, 80))
def test_bisection_finds_the_last_that_keeps_the_budget(start, length, border):
    rungs = range(start, start + length)

    found = deepest(rungs, lambda rung: rung <= border, always)

    kept = [rung for rung in rungs if rung <= border]
    assert found == (kept[-1] if kept else None)


def test_bisection_takes_few_trials():
    tried = []

    deepest(range(1000), lambda rung: tried.append(rung) or rung < 600, always)

    assert len(tried) <= 10


def test_when_time_is_up_the_best_so_far_counts():
    assert deepest(range(100), lambda rung: rung < 90, times(2)) == 74


def test_without_time_nothing_is_tried():
    assert deepest(range(100), pytest.fail, times(0)) is None
    assert fixed_sequence([1, 2], pytest.fail, times(0)) is None


def test_the_first_failure_ends_a_sequence():
    tried = []

    def shows(position):
        tried.append(position)
        return position != 5

    assert fixed_sequence([1, 3, 5, 7], shows, always) == 3
    assert tried == [1, 3, 5]


def test_a_sequence_whose_first_fails_shows_nothing():
    assert fixed_sequence([1, 3], lambda position: position > 1, always) is None


def test_positions_are_about_equal_ratios_apart():
    sizes = [1000, 900, 800, 500, 260, 255, 250, 130, 125]

    assert spread(sizes, 0, 8, 4) == (0, 3, 6, 8)


@given(
    st.lists(st.integers(0, 10_000), min_size=1, max_size=50, unique=True),
    st.integers(1, 12),
    st.data(),
)
def test_the_ends_are_among_the_positions_and_no_more_than_wanted(sizes, most, data):
    sizes.sort(reverse=True)
    last = data.draw(st.integers(0, len(sizes) - 1))
    first = data.draw(st.integers(0, last))

    positions = spread(sizes, first, last, most)

    assert len(positions) <= most
    assert positions[-1] == last
    assert positions[0] == first or most == 1
    assert list(positions) == sorted(set(positions))
