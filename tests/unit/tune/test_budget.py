"""What keeps a budget, and what is shown to."""

import math

import pytest

from sizewise.tune import Budget, Figures

FIGURES = Figures(
    500, 30.0, agreement=0.99, agreement_low=0.975, drop=0.004, drop_high=0.012, metric=0.9
)


def test_estimates_keep_a_budget_that_intervals_do_not_show():
    assert Budget(drop=0.01).is_kept(FIGURES)
    assert not Budget(drop=0.01).is_shown(FIGURES)
    assert Budget(agreement=0.98).is_kept(FIGURES)
    assert not Budget(agreement=0.98).is_shown(FIGURES)


def test_every_limit_counts():
    assert Budget(drop=0.02, agreement=0.97, sqnr_db=30).is_shown(FIGURES)
    assert not Budget(drop=0.02, agreement=0.97, sqnr_db=31).is_shown(FIGURES)


def test_what_was_not_measured_keeps_no_limit():
    unknown = Figures(500, 30.0)

    assert Budget(sqnr_db=20).is_shown(unknown)
    assert not Budget(drop=1.0).is_shown(unknown)
    assert not Budget(agreement=0.5).is_kept(unknown)


def test_equal_outputs_keep_any_sqnr():
    assert Budget(sqnr_db=1e9).is_shown(Figures(500, math.inf))
    assert not Budget(sqnr_db=-1e9).is_shown(Figures(500, -math.inf))


def test_a_budget_has_a_limit():
    with pytest.raises(ValueError, match="limit"):
        Budget()
