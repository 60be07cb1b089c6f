import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise import units


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("300", 300),
        (300, 300),
        ("0 B", 0),
        ("25 kB", 25_000),
        ("25kb", 25_000),
        ("25 KiB", 25_600),
        ("1.5 MB", 1_500_000),
        ("4 MiB", 4 * 1024**2),
        ("1 GB", 10**9),
        ("1.005 kB", 1005),
    ],
)
def test_bytes_are_parsed(text, size):
    assert units.parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "25 parsecs", "-1", "1.5 B", "0.0001 kB", "kB", True, "1e3"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="is no"):
        units.parse_bytes(text)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("1 pp", (0.01, False)),
        ("1 %", (0.01, True)),
        ("0.01", (0.01, False)),
        (0.01, (0.01, False)),
        (0.00001, (0.00001, False)),
        (2, (2.0, False)),
        ("0%", (0.0, True)),
    ],
)
def test_limits_are_parsed(text, share):
    assert units.parse_share(text) == share


@pytest.mark.parametrize("text", ["", "1 kB", "-1 pp", -0.1, math.nan, math.inf, True, "one"])
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(ValueError, match="is no limit"):
        units.parse_share(text)


@given(st.floats(0, 1e6))
def test_a_limit_that_is_a_number_is_that_number(value):
    assert units.parse_share(value) == (value, False)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (None, "–"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (9_620, "9.62 kB"),
        (9_996, "10.0 kB"),
        (17_000, "17.0 kB"),
        (22_931, "22.9 kB"),
        (99_949, "99.9 kB"),
        (99_960, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (13_990_000, "14.0 MB"),
        (2_500_000_000, "2.50 GB"),
        (1_234_000_000_000, "1234 GB"),
    ],
)
def test_bytes_are_formatted(size, text):
    assert units.format_bytes(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.0, "0 µs"),
        (35e-6, "35 µs"),
        (0.9996e-3, "1 ms"),
        (0.00123, "1.23 ms"),
        (0.84, "840 ms"),
        (0.9994, "999 ms"),
        (0.99951, "1.00 s"),
        (1.254, "1.25 s"),
        (99.996, "100 s"),
        (600, "600 s"),
    ],
)
def test_seconds_are_formatted(seconds, text):
    assert units.format_seconds(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (91.34, "91.3"), (-2.71, "−2.7"), (-0.04, "0.0"), (0.0, "0.0"), (-0.0, "0.0")],
)
def test_numbers_are_formatted(value, text):
    assert units.format_number(value, 1) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.24, "+0.2"), (-0.3, "−0.3"), (0.04, "0.0"), (-0.04, "0.0"), (0, "0.0")],
)
def test_a_change_has_a_sign_unless_it_rounds_to_nothing(value, text):
    assert units.format_change(value, 1) == text


@pytest.mark.parametrize(
    ("factor", "text"),
    [(None, "–"), (1.0, "1.00"), (3.917, "3.92"), (9.996, "10.0"), (12.14, "12.1"), (240.2, "240")],
)
def test_factors_have_three_digits(factor, text):
    assert units.format_factor(factor) == text


@pytest.mark.parametrize(
    ("value", "decimals"),
    [(0, 0), (44.1234, 2), (-44.1234, 2), (0.001234, 6), (9999.6, 0), (9.9996, 2), (math.inf, 0)],
)
def test_decimals_show_that_many_digits(value, decimals):
    assert units.decimals_for(value, digits=4) == decimals


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90.0), ("10m", 600.0), ("2h", 7200.0), ("1.5", 1.5), (30, 30.0)]
)
def test_times(text, seconds):
    assert units.parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "soon", "-5m", "5d", "inf", "nan"])
def test_what_is_no_time(text):
    with pytest.raises(ValueError, match="no time: write 90s, 10m or 2h"):
        units.parse_seconds(text)
