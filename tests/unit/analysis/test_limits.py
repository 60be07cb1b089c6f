import pytest

from sizewise.analysis import Verdict, judge
from sizewise.domain import Status
from support.rows import make_record


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.02, -0.01, Verdict.WITHIN),
        (-0.002, 0.009, Verdict.WITHIN),
        (0.0, 0.01, Verdict.WITHIN),
        (-0.002, 0.0101, Verdict.UNDECIDED),
        (0.01, 0.02, Verdict.UNDECIDED),
        (0.0101, 0.02, Verdict.BEYOND),
    ],
)
def test_the_whole_interval_decides(low, high, verdict):
    row = make_record(metric_drop=0.0, metric_drop_low=low, metric_drop_high=high, max_drop=0.01)
    assert judge(row) is verdict


@pytest.mark.parametrize(
    "changes",
    [
        {"metric_drop_high": None},
        {"metric_drop_low": None},
        {"max_drop": None},
        {"status": Status.NONFINITE},
    ],
)
def test_without_an_interval_or_a_limit_nothing_is_known(changes):
    assert judge(make_record(**changes)) is Verdict.UNKNOWN
