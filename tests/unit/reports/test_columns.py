import pytest

from sizewise.analysis import summarise
from sizewise.reports.columns import COLUMNS, MARKS, mark
from sizewise.reports.scale import Scale
from sizewise.reports.text import record_line
from support.rows import make_failure, make_record, make_run, make_showcase

PERCENT = Scale.of("accuracy", 0.913, 1000)
MAE = Scale.of("mae", 44.1234, 89)


@pytest.mark.parametrize(
    ("scale", "drop", "low", "high", "text"),
    [
        (PERCENT, 0.002, -0.003, 0.007, "+0.2 [−0.3, +0.7]"),
        (PERCENT, -0.002, -0.007, 0.003, "−0.2 [−0.7, +0.3]"),
        (PERCENT, 0.0, 0.0, 0.0, "0.0 [0.0, 0.0]"),
        (PERCENT, 0.0001, -0.0004, 0.0004, "0.0 [0.0, 0.0]"),
        (PERCENT, 0.002, None, None, "+0.2"),
        (PERCENT, None, None, None, "–"),
        (MAE, 0.1774, -0.3, 0.7149, "+0.18 [−0.30, +0.71]"),
        (MAE, 1e-7, -1e-7, 2e-7, "0.00 [0.00, 0.00]"),
    ],
)
def test_a_drop_is_positive_where_the_artifact_is_worse(scale, drop, low, high, text):
    row = make_record(metric_drop=drop, metric_drop_low=low, metric_drop_high=high)
    assert scale.drop(row) == text


@pytest.mark.parametrize(
    ("metric", "reference", "samples", "value", "text"),
    [
        ("accuracy", 0.913, 1000, 0.9137, "91.4"),
        ("accuracy", 0.913, 50_000, 0.91374, "91.37"),
        ("accuracy", None, None, None, "–"),
        ("mae", 44.1234, 89, 44.30, "44.30"),
        ("mae", 0.0012345, 89, 0.0012339, "0.001234"),
        ("rmse", 12345.6, 89, 12346.1, "12346"),
        ("rmse", 0.0, 89, 0.25, "0"),
        (None, None, None, None, "–"),
    ],
)
def test_a_metric_shows_what_the_samples_resolve(metric, reference, samples, value, text):
    assert Scale.of(metric, reference, samples).value(value) == text


def test_every_row_has_a_known_mark():
    rows = [row for model in summarise(make_showcase()).models for row in model.rows]
    marks = [mark(row) for row in rows]
    assert marks == ["✓", "✓", "★", "?", "✗", "!", "✓", "☆", "!", "✓", "★", "?", " ", "!"]
    assert set(marks) - {" "} == set(MARKS)


def test_equal_outputs_have_no_noise():
    row = summarise(make_run(make_record(max_abs_error=0.0, sqnr_db=None))).models[0].rows[0]
    (decibels,) = (column for column in COLUMNS if column.name == "SQNR")
    assert decibels.cell(row, PERCENT) == "∞"


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (
            make_record(metric_drop=0.002, metric_drop_low=-0.003, metric_drop_high=0.007),
            "net/float32@tfjs: ok, 98.0 kB brotli, drop +0.2 pp [−0.3, +0.7]",
        ),
        (
            make_record(metric="mae", metric_reference=44.12, metric_drop=0.5),
            "net/float32@tfjs: ok, 98.0 kB brotli, drop +0.50 [0.00, 0.00]",
        ),
        (make_record(metric_drop=None), "net/float32@tfjs: ok, 98.0 kB brotli"),
        (
            make_failure("net/uint8@tfjs", reason="no\x1b[31m luck"),
            "net/uint8@tfjs: unsupported: no [31m luck",
        ),
        (
            make_failure("net/uint8@tfjs", reason=None),
            "net/uint8@tfjs: unsupported: no reason was given",
        ),
    ],
)
def test_a_finished_job_is_a_line(record, line):
    assert record_line(record) == line
