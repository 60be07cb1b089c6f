import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from sizewise.analysis.budgets.ranks import p_value_of_larger, smallest_p_value

VALUES = st.lists(st.integers(0, 30).map(float), min_size=1, max_size=12)


def reference(values, others, method):
    return mannwhitneyu(values, others, alternative="greater", method=method).pvalue


@settings(max_examples=60)
@given(st.permutations(range(14)), st.integers(1, 13))
def test_small_samples_without_ties_are_counted_out_as_scipy_does(order, size):
    values, others = order[:size], order[size:]
    assert p_value_of_larger(values, others) == pytest.approx(reference(values, others, "exact"))


@settings(max_examples=60)
@given(VALUES, VALUES)
def test_samples_with_ties_are_judged_as_scipy_does(values, others):
    everything = [*values, *others]
    assume(len(set(everything)) not in {1, len(everything)})
    expected = reference(values, others, "asymptotic")
    assert p_value_of_larger(values, others) == pytest.approx(expected)


def test_large_samples_are_judged_as_scipy_does():
    generator = np.random.default_rng(3)
    values, others = generator.normal(0.2, 1, 60), generator.normal(0, 1, 45)
    expected = reference(values, others, "asymptotic")
    assert p_value_of_larger(list(values), list(others)) == pytest.approx(expected)


def test_equal_values_show_nothing():
    assert p_value_of_larger([1.0] * 20, [1.0] * 20) == 1.0


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 19), (3, 4)])
def test_the_smallest_p_value_is_that_of_samples_that_do_not_overlap(n, m):
    values, others = [100.0 + i for i in range(n)], [float(i) for i in range(m)]
    assert p_value_of_larger(values, others) == pytest.approx(smallest_p_value(n, m))


@pytest.mark.parametrize(("values", "others"), [([], [1.0]), ([1.0], [])])
def test_an_empty_sample_is_refused(values, others):
    with pytest.raises(ValueError, match="empty"):
        p_value_of_larger(values, others)


def test_equal_distributions_are_told_apart_as_rarely_as_it_says():
    generator = np.random.default_rng(5)
    found = [
        p_value_of_larger(list(generator.gamma(9, 1, 20)), list(generator.gamma(9, 1, 25))) <= 0.05
        for _ in range(1000)
    ]
    assert 0.03 <= np.mean(found) <= 0.07
