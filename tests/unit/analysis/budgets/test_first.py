from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.analysis.budgets import Outcome, check, first_budgets
from sizewise.domain.budget import Figure
from sizewise.reports.check import budgets_file
from support.budgets import written
from support.rows import make_failure, make_record, make_run

SLACK = Decimal("0.05")


def reread(run, budgets):
    """The budgets as they come back from the file that they are written to."""
    _, _, lines = budgets_file(run, budgets).partition("budgets:\n")
    return written(lines)


def test_sizes_are_set_on_what_they_are_and_the_loss_on_its_limit():
    run = make_run(make_record("a/uint8@tfjs", size_brotli_bytes=22_564, max_drop=0.02))
    (budget,) = first_budgets(run, SLACK)
    size, drop = budget.rules
    assert (size.set_on, size.high.amount, size.high.text) == (22_564, SLACK, "+5 %")
    assert (drop.figure, drop.high.text) == (Figure.DROP, "2 pp")


@pytest.mark.parametrize(
    ("changes", "figure", "text"),
    [
        ({"metric_drop": 0.03141}, Figure.DROP, "3.15 pp"),
        ({"metric": "mae", "metric_drop": 0.1, "max_drop": 0.441}, Figure.DROP, "0.441"),
        ({"metric_drop": None, "agreement": 0.9938}, Figure.AGREEMENT, "99.3 %"),
        ({"max_drop": None, "agreement": 1.0}, Figure.AGREEMENT, "100 %"),
        ({"metric_drop": None, "agreement": None, "sqnr_db": 28.77}, Figure.SQNR, "28.7 dB"),
    ],
)
def test_the_quality_is_held_by_what_there_is(changes, figure, text):
    (budget,) = first_budgets(make_run(make_record("a/uint8@tfjs", **changes)), SLACK)
    quality = budget.rules[-1]
    assert (quality.figure, *(bound.text for bound in quality.bounds)) == (figure, text)


def test_rows_without_figures_get_no_budget():
    run = make_run(make_failure("a/uint8@tfjs"), make_record("a/float32@tfjs"))
    assert [budget.pattern for budget in first_budgets(run, SLACK)] == ["a/float32@tfjs"]


@pytest.mark.parametrize(
    ("slack", "figures"), [(Decimal(-1), (Figure.RAW,)), (SLACK, (Figure.DROP,))]
)
def test_what_is_no_slack_or_no_size_is_refused(slack, figures):
    with pytest.raises(ValueError, match="no slack and sizes"):
        first_budgets(make_run(make_record()), slack, figures)


ROWS = st.lists(
    st.builds(
        dict,
        size_brotli_bytes=st.none() | st.integers(1, 10**9),
        size_raw_bytes=st.integers(1, 10**9),
        metric=st.sampled_from(["accuracy", "mae"]),
        metric_drop=st.none() | st.floats(-1, 1),
        max_drop=st.none() | st.floats(0, 1),
        agreement=st.none() | st.floats(0, 1),
        sqnr_db=st.none() | st.floats(-50, 200),
    ),
    min_size=1,
    max_size=5,
)


@given(ROWS, st.decimals(0, 3, places=3))
def test_a_run_keeps_its_first_budgets_as_they_are_read_back(rows, slack):
    run = make_run(*(make_record(f"m/e{n}@tfjs", **row) for n, row in enumerate(rows)))
    budgets = first_budgets(run, slack, (Figure.BROTLI, Figure.RAW, Figure.TOTAL_FILES))
    judgement = check(run, reread(run, budgets))
    assert {found.outcome for found in judgement.findings} == {Outcome.KEPT}


def test_more_than_the_slack_breaks_them():
    row = make_record("a/uint8@tfjs", size_brotli_bytes=1000)
    budgets = reread(make_run(row), first_budgets(make_run(row), SLACK))
    for size, kept in ((1050, True), (1051, False)):
        grown = make_run(make_record("a/uint8@tfjs", size_brotli_bytes=size))
        assert (check(grown, budgets).exit_code == 0) is kept
