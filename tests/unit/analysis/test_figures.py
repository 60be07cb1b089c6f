import dataclasses

import pytest

from sizewise.analysis import figures
from sizewise.analysis.figures import COMPARED, SQNR_CEILING, WATCHED, compressor
from sizewise.domain import Record
from support.rows import make_failure, make_record

COMPRESSION = "gzip 6 (zlib 1.3), brotli 5 (1.1.0)"


def test_every_figure_reads_a_column_of_the_record():
    columns = {field.name for field in dataclasses.fields(Record)}
    assert {figure.column for figure in {*COMPARED, *WATCHED}} <= columns
    row = make_record()
    assert figures.BROTLI.value(row) == row.size_brotli_bytes
    assert figures.LATENCY.value(row) == row.latency_seconds


@pytest.mark.parametrize("figure", [*COMPARED, *WATCHED], ids=lambda figure: figure.name)
def test_what_was_not_measured_is_none(figure):
    assert figure.value(make_failure("net/uint8@tfjs")) is None


def test_no_noise_at_all_is_an_sqnr_like_others():
    assert figures.SQNR.value(make_record(sqnr_db=None, max_abs_error=0.0)) == SQNR_CEILING
    assert figures.SQNR.value(make_record(sqnr_db=None, max_abs_error=None)) is None
    assert figures.SQNR.value(make_record(sqnr_db=23.7)) == 23.7


@pytest.mark.parametrize(
    ("metric", "value", "reference", "drop", "down"),
    [
        ("accuracy", 0.91, 0.93, 0.02, False),
        ("accuracy", 0.94, 0.93, -0.01, False),
        ("accuracy", 0.93, 0.93, 0.0, False),
        ("mae", 44.5, 44.0, 0.5, True),
        ("mae", 44.0, 44.0, 0.0, True),
        ("somebody's own", 1.2, 1.0, 0.2, True),
        ("somebody's own", 1.2, 1.0, -0.2, False),
        (None, None, None, None, False),
    ],
)
def test_which_way_a_metric_points(metric, value, reference, drop, down):
    row = make_record(
        metric=metric, metric_value=value, metric_reference=reference, metric_drop=drop
    )
    assert figures.METRIC.smaller_is_better(row) is down


def test_directions():
    row = make_record()
    better_when_smaller = {f.name for f in COMPARED if f.smaller_is_better(row)}
    assert better_when_smaller == {"raw", "gzip", "brotli", "drop", "conversion", "latency"}


def test_a_compressed_size_depends_on_its_own_compressor_only():
    row = make_record(compression=COMPRESSION)
    assert figures.GZIP.condition(row) == "gzip 6 (zlib 1.3)"
    assert figures.BROTLI.condition(row) == "brotli 5 (1.1.0)"
    assert figures.RAW.condition(row) is None
    assert compressor("zstd")(row) == COMPRESSION
    assert compressor("gzip")(make_record(compression=None)) is None


def test_times_depend_on_the_environment_and_latencies_on_the_runtime():
    row = make_record(environment="f00d", runtime="node-wasm")
    elsewhere = make_record(environment="beef", runtime="node-wasm")
    fallback = make_record(environment="f00d", runtime="node-cpu")
    assert figures.CONVERSION.condition(row) != figures.CONVERSION.condition(elsewhere)
    assert figures.CONVERSION.condition(row) == figures.CONVERSION.condition(fallback)
    assert figures.LATENCY.condition(row) != figures.LATENCY.condition(fallback)


def test_drift_depends_on_the_data_and_not_on_the_machine():
    row = make_record(environment="f00d")
    assert figures.DROP.condition(row) == figures.DROP.condition(make_record(environment="beef"))
    assert figures.DROP.condition(row) != figures.DROP.condition(make_record(samples=50))
    assert figures.DROP.condition(row) != figures.DROP.condition(make_record(metric="top5"))
    assert figures.SQNR.condition(row) == figures.SQNR.condition(make_record(metric="top5"))
