import pytest

from sizewise.analysis import figures
from sizewise.analysis.figures import SQNR_CEILING
from sizewise.reports.figures import change_text, rate_text, value_text


@pytest.mark.parametrize(
    ("figure", "value", "metric", "text"),
    [
        (figures.BROTLI, 22_564, "accuracy", "22.6 kB"),
        (figures.BROTLI, 22_564.4, "accuracy", "22.6 kB"),
        (figures.CONVERSION, 1.25, "accuracy", "1.25 s"),
        (figures.LATENCY, 0.0021, None, "2.1 ms"),
        (figures.AGREEMENT, 0.993, "accuracy", "99.3 %"),
        (figures.SQNR, 23.68, "accuracy", "23.7 dB"),
        (figures.SQNR, SQNR_CEILING, "accuracy", "∞ dB"),
        (figures.METRIC, 0.913, "accuracy", "91.3 %"),
        (figures.METRIC, 44.1234, "mae", "44.12"),
        (figures.DROP, 0.002, "accuracy", "+0.2 pp"),
        (figures.DROP, -0.177, "mae", "−0.1770"),
        (figures.RAW, None, "accuracy", "–"),
    ],
)
def test_values(figure, value, metric, text):
    assert value_text(figure, value, metric) == text


@pytest.mark.parametrize(
    ("figure", "old", "new", "metric", "text"),
    [
        (figures.BROTLI, 24_000, 24_720, None, "+3.0 %"),
        (figures.BROTLI, 24_000, 24_002, None, "+2 B"),
        (figures.BROTLI, 24_000, 23_998, None, "−2 B"),
        (figures.BROTLI, 0, 5, None, "+5 B"),
        (figures.CONVERSION, 1.0, 1.5, None, "+50.0 %"),
        (figures.CONVERSION, 0.0, 1.5, None, "–"),
        (figures.AGREEMENT, 0.993, 0.99, None, "−0.30 pp"),
        (figures.SQNR, 24.0, 22.75, None, "−1.2 dB"),
        (figures.DROP, 0.0, 0.012, "accuracy", "+1.2 pp"),
        (figures.METRIC, 44.0, 44.0123, "mae", "+0.012"),
        (figures.METRIC, 44.0, 44.0, "mae", ""),
        (figures.RAW, None, 5, None, "–"),
        (figures.RAW, 5, None, None, "–"),
    ],
)
def test_changes(figure, old, new, metric, text):
    assert change_text(figure, old, new, metric) == text


@pytest.mark.parametrize(
    ("figure", "change", "metric", "text"),
    [
        (figures.BROTLI, 0.001, None, "+0.10 %"),
        (figures.AGREEMENT, -0.0001, None, "−0.010 pp"),
        (figures.SQNR, 0.05, None, "+0.050 dB"),
        (figures.METRIC, 0.001, "accuracy", "+0.10 pp"),
        (figures.METRIC, 0.123, "mae", "+0.12"),
    ],
)
def test_rates(figure, change, metric, text):
    assert rate_text(figure, change, metric) == text
