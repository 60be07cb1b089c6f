from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.config.bounds import DESCRIPTIONS, parse_bound
from sizewise.domain.budget import Against, Figure, Measure

UNIT, POINTS, SHARE, OF_REFERENCE = Measure
NOTHING, BASE, FLOAT32 = Against

BOUNDS = [
    ("brotli", "25 kB", "25000", UNIT, NOTHING),
    ("brotli", "25kB", "25000", UNIT, NOTHING),
    ("gzip", "25 KiB", "25600", UNIT, NOTHING),
    ("raw", "4 MB", "4000000", UNIT, NOTHING),
    ("raw", "300", "300", UNIT, NOTHING),
    ("raw", "1.005 kB", "1005", UNIT, NOTHING),
    ("file", "+5 %", "0.05", SHARE, BASE),
    ("file", "-5%", "-0.05", SHARE, BASE),
    ("file", "−5 %", "-0.05", SHARE, BASE),
    ("raw", "+1.5 kB", "1500", UNIT, BASE),
    ("raw", "- 300 B", "-300", UNIT, BASE),
    ("total-files", "3", "3", UNIT, NOTHING),
    ("total-files", "+0 %", "0", SHARE, BASE),
    ("drop", "1 pp", "0.01", POINTS, NOTHING),
    ("drop", "1 %", "0.01", OF_REFERENCE, NOTHING),
    ("drop", "0.01", "0.01", UNIT, NOTHING),
    ("drop-shown", "+0.5 pp", "0.005", POINTS, BASE),
    ("drop", "+1 %", "0.01", OF_REFERENCE, BASE),
    ("agreement", "98 %", "0.98", UNIT, NOTHING),
    ("agreement", "0.98", "0.98", UNIT, NOTHING),
    ("agreement-shown", "-1 pp", "-0.01", UNIT, BASE),
    ("sqnr", "20 dB", "20", UNIT, NOTHING),
    ("sqnr", "20", "20", UNIT, NOTHING),
    ("sqnr", "-1 dB", "-1", UNIT, BASE),
    ("conversion", "1.5x", "0.5", SHARE, BASE),
    ("conversion", "0.9 x", "-0.1", SHARE, BASE),
    ("latency", "+20 %", "0.2", SHARE, BASE),
    ("latency", "1.2x float32", "0.2", SHARE, FLOAT32),
]


@pytest.mark.parametrize(("figure", "text", "amount", "measure", "against"), BOUNDS)
def test_what_people_write(figure, text, amount, measure, against):
    bound = parse_bound(Figure(figure), text)
    assert (bound.amount, bound.measure, bound.against) == (Decimal(amount), measure, against)
    assert bound.text == text


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        ("brotli", "5 %"),
        ("brotli", "25 kb/s"),
        ("brotli", "0.5 B"),
        ("brotli", "+500"),
        ("brotli", "25 kB float32"),
        ("total-files", "2.5"),
        ("total-files", "+1"),
        ("total-files", "3 B"),
        ("drop", "+0.01"),
        ("drop", "1 kB"),
        ("agreement", "98"),
        ("agreement", "102 %"),
        ("agreement", "98 pp"),
        ("agreement", "-1 %"),
        ("sqnr", "-1"),
        ("sqnr", "20 %"),
        ("latency", "3 s"),
        ("latency", "1.5"),
        ("latency", "0x"),
        ("latency", "+1.5x"),
        ("latency", "+20 % float32"),
        ("raw", ""),
        ("raw", "1e3"),
        ("raw", "٣ kB"),
    ],
)
def test_what_is_no_limit_is_told_with_the_forms_that_are(figure, text):
    with pytest.raises(ValueError, match=f"is no limit of {figure}: write") as caught:
        parse_bound(Figure(figure), text)
    assert str(caught.value).endswith(DESCRIPTIONS[Figure(figure)])


@given(st.sampled_from(Figure), st.text(max_size=12))
def test_any_text_is_a_bound_or_a_value_error(figure, text):
    try:
        bound = parse_bound(figure, text)
    except ValueError:
        return
    assert bound.amount.is_finite()
