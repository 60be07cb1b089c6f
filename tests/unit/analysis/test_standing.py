import math

import pytest

from sizewise.analysis import Verdict, judge
from sizewise.analysis.standing import Criterion, Limits, sqnr_of, stand
from sizewise.domain import Limit
from support.rows import make_record


def only(record, **limits):
    (standing,) = stand(record, Limits(**limits))
    return standing


def lossy(drop, low, high, **changes):
    return make_record(metric_drop=drop, metric_drop_low=low, metric_drop_high=high, **changes)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.01, 0.02, Verdict.WITHIN),
        (-0.01, 0.0201, Verdict.UNDECIDED),
        (0.02, 0.03, Verdict.UNDECIDED),
        (0.0201, 0.03, Verdict.BEYOND),
    ],
)
def test_a_drop_is_judged_by_its_interval(low, high, verdict):
    standing = only(lossy(0.015, low, high), max_drop=Limit(0.02))
    assert (standing.criterion, standing.verdict) == (Criterion.DROP, verdict)


def test_a_relative_limit_is_a_share_of_the_reference():
    record = lossy(0.0, -0.01, 0.4, metric="mae", metric_reference=-50.0)
    assert only(record, max_drop=Limit(0.01, relative=True)).limit == 0.5


def test_without_limits_the_rows_own_counts_as_in_the_report():
    for high in (0.0099, 0.0101):
        record = lossy(0.0, -0.005, high)
        assert only(record).verdict is judge(record)


def test_given_limits_replace_the_rows_own():
    record = lossy(0.05, 0.04, 0.06)
    assert [each.criterion for each in stand(record, Limits(min_sqnr=20))] == [Criterion.SQNR]


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.98, 0.999, Verdict.WITHIN),
        (0.979, 0.98, Verdict.UNDECIDED),
        (0.9, 0.979, Verdict.BEYOND),
    ],
)
def test_an_agreement_is_judged_by_its_lower_end(low, high, verdict):
    record = make_record(agreement=0.98, agreement_low=low, agreement_high=high)
    assert only(record, min_agreement=0.98).verdict is verdict


@pytest.mark.parametrize(("sqnr", "verdict"), [(20.0, "within"), (19.9, "beyond")])
def test_an_sqnr_has_no_interval(sqnr, verdict):
    assert only(make_record(sqnr_db=sqnr), min_sqnr=20).verdict == verdict


def test_equal_outputs_have_all_the_sqnr_there_is():
    record = make_record(sqnr_db=None, max_abs_error=0.0)
    assert sqnr_of(record) == math.inf
    assert only(record, min_sqnr=300).verdict is Verdict.WITHIN


@pytest.mark.parametrize(
    ("changes", "limits"),
    [
        ({"metric_drop": None}, {"max_drop": Limit(0.01)}),
        ({"metric_drop_high": None}, {"max_drop": Limit(0.01)}),
        ({"metric_reference": None}, {"max_drop": Limit(0.01, relative=True)}),
        ({"agreement_low": None}, {"min_agreement": 0.9}),
        ({"sqnr_db": None}, {"min_sqnr": 20}),
    ],
)
def test_what_is_not_measured_is_unknown(changes, limits):
    assert only(make_record(**changes), **limits).verdict is Verdict.UNKNOWN


def test_without_a_limit_there_is_nothing_to_stand_against():
    assert stand(make_record(max_drop=None), Limits()) == ()


def test_samples_are_advised_for_the_undecided_alone():
    assert only(lossy(0.0, -0.02, 0.02), max_drop=Limit(0.01)).samples_needed == 8173
    assert only(lossy(0.0, -0.02, 0.02), max_drop=Limit(0.02)).samples_needed is None
    assert only(lossy(0.015, -0.02, 0.02), max_drop=Limit(0.01)).samples_needed is None
    assert only(lossy(0.0, -0.02, 0.02, samples=None), max_drop=Limit(0.01)).samples_needed is None


def test_the_excess_counts_in_units_of_what_is_allowed():
    assert only(lossy(0.0, 0.0, 0.03), max_drop=Limit(0.01)).excess == pytest.approx(2)
    assert only(lossy(0.0, 0.0, 0.03), max_drop=Limit(0.0)).excess == pytest.approx(0.03)
    record = make_record(agreement=0.97, agreement_low=0.96, agreement_high=0.98)
    assert only(record, min_agreement=0.98).excess == pytest.approx(1)


@pytest.mark.parametrize(
    ("criterion", "drift"),
    [(Criterion.DROP, 0.02), (Criterion.AGREEMENT, 0.25), (Criterion.SQNR, -30.0)],
)
def test_each_criterion_has_a_drift_that_grows_with_the_damage(criterion, drift):
    assert criterion.drift(make_record(metric_drop=0.02, agreement=0.75, sqnr_db=30.0)) == drift


def test_what_is_not_measured_has_no_drift():
    blank = make_record(metric_drop=None, agreement=None, sqnr_db=None)
    assert [criterion.drift(blank) for criterion in Criterion] == [None, None, None]
