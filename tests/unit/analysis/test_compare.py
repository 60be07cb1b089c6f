import dataclasses

import pytest

from sizewise.analysis.compare import Mark, compare
from sizewise.domain import Status
from support.rows import make_failure, make_record, make_run

JOB = "net/uint8@tfjs"
SLOW = tuple(0.004 + 0.0001 * number for number in range(10))
FAST = tuple(0.002 + 0.0001 * number for number in range(10))


def row_of(old, new):
    (row,) = compare(make_run(old), make_run(new)).rows
    return row


def marks(old, new):
    return {change.figure.name: change.mark for change in row_of(old, new).figures}


def changed(**changes):
    """The marks that a row gets whose figures changed so, except ``same``."""
    found = marks(make_record(JOB), make_record(JOB, **changes))
    return {name: mark for name, mark in found.items() if mark is not Mark.SAME}


def test_equal_runs_are_the_same():
    row = row_of(make_record(JOB), make_record(JOB))
    assert row.mark is Mark.SAME
    assert {change.mark for change in row.figures} == {Mark.SAME}
    assert len(row.figures) == 9


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"size_raw_bytes": 120_001}, {"raw": Mark.WORSE}),
        ({"size_brotli_bytes": 97_999}, {"brotli": Mark.BETTER}),
        ({"size_gzip_bytes": 100_001}, {"gzip": Mark.WORSE}),
        ({"agreement": 0.999}, {"agreement": Mark.WORSE}),
        ({"sqnr_db": 120.1}, {"SQNR": Mark.BETTER}),
        ({"sqnr_db": None, "max_abs_error": 0.0}, {"SQNR": Mark.BETTER}),
        (
            {"metric_value": 0.912, "metric_drop": 0.001},
            {"metric": Mark.WORSE, "drop": Mark.WORSE},
        ),
    ],
)
def test_sizes_and_drift_are_compared_exactly(changes, expected):
    assert changed(**changes) == expected


def test_an_error_metric_is_better_when_smaller():
    old = make_record(JOB, metric="mae", metric_value=44.0, metric_drop=1.0)
    new = make_record(JOB, metric="mae", metric_value=43.0, metric_drop=0.5)
    assert marks(old, new)["metric"] is Mark.BETTER
    assert marks(new, old)["metric"] is Mark.WORSE


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"compression": "zlib 6, brotli 6"}, {"gzip", "brotli"}),
        ({"compression": "zlib 7, brotli 5"}, {"gzip"}),
        ({"samples": 50}, {"metric", "drop", "agreement", "SQNR"}),
        ({"metric": "top5"}, {"metric", "drop"}),
        ({"environment": "another"}, {"conversion", "latency"}),
        ({"runtime": "node-cpu"}, {"latency"}),
        ({"agreement": None}, {"agreement"}),
    ],
)
def test_what_was_measured_otherwise_is_incomparable(changes, names):
    found = changed(**changes)
    assert {name for name, mark in found.items() if mark is Mark.INCOMPARABLE} == names
    assert set(found.values()) == {Mark.INCOMPARABLE}
    row = row_of(make_record(JOB), make_record(JOB, **changes))
    assert row.mark is Mark.SAME
    assert all(change.why for change in row.figures if change.mark is Mark.INCOMPARABLE)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"sqnr_db": 103.0}, True),
        ({"sqnr_db": 99.0}, False),
        ({"agreement": 0.999}, False),
        ({"metric_value": 0.9130000001, "metric_drop": -1e-10}, True),
        ({"size_raw_bytes": 120_001}, False),
    ],
)
def test_another_machine_rounds_otherwise_and_that_is_no_change(changes, same):
    found = marks(make_record(JOB), make_record(JOB, environment="another", **changes))
    others = {mark for name, mark in found.items() if name not in {"conversion", "latency"}}
    assert (others == {Mark.SAME}) is same


def test_a_small_sqnr_may_differ_by_a_tenth_on_another_machine():
    old = make_record(JOB, sqnr_db=23.70)
    near = make_record(JOB, sqnr_db=23.62, environment="another")
    far = make_record(JOB, sqnr_db=23.50, environment="another")
    assert marks(old, near)["SQNR"] is Mark.SAME
    assert marks(old, far)["SQNR"] is Mark.WORSE
    assert marks(old, dataclasses.replace(near, environment=old.environment))["SQNR"] is Mark.WORSE


def timed(latencies, **changes):
    median = sorted(latencies)[len(latencies) // 2]
    return make_record(JOB, latency_seconds=median, latencies_seconds=latencies, **changes)


def test_a_latency_is_worse_if_the_test_says_so_and_the_band_is_left():
    old, new = timed(FAST), timed(SLOW, artifact_sha256="1" * 64)
    assert marks(old, new)["latency"] is Mark.WORSE
    assert marks(new, old)["latency"] is Mark.BETTER


def test_the_same_bytes_on_the_same_machine_are_not_slower():
    row = row_of(timed(FAST), timed(SLOW))
    (change,) = (each for each in row.figures if each.figure.name == "latency")
    assert change.mark is Mark.PERHAPS_WORSE
    assert "same artifact" in change.why
    assert row.mark is Mark.PERHAPS_WORSE
    assert row_of(timed(SLOW), timed(FAST)).mark is Mark.PERHAPS_BETTER


@pytest.mark.parametrize(
    "latencies",
    [
        tuple(sample * 1.2 for sample in FAST),
        (0.001, 0.0011, 0.0012, 0.0013, 0.0031, 0.0032, 0.0033, 0.0034, 0.0035, 0.0036),
        (0.004,),
        (),
    ],
    ids=["within the band", "not shown", "one sample", "no samples"],
)
def test_else_a_latency_is_the_same(latencies):
    new = make_record(
        JOB,
        artifact_sha256="1" * 64,
        latency_seconds=0.004,
        latencies_seconds=latencies,
    )
    if latencies[:1] == (FAST[0] * 1.2,):
        new = timed(latencies, artifact_sha256="1" * 64)
    assert marks(timed(FAST), new)["latency"] is Mark.SAME


@pytest.mark.parametrize(
    ("seconds", "cpu", "mark"),
    [
        (1.8, 1.0, Mark.SAME),
        (1.9, None, Mark.PERHAPS_WORSE),
        (1.9, 1.9, Mark.PERHAPS_WORSE),
        (1.9, 1.0, Mark.SAME),
        (0.8, 0.6, Mark.PERHAPS_BETTER),
    ],
)
def test_a_conversion_has_a_band_and_its_cpu_time_must_agree(seconds, cpu, mark):
    old = make_record(JOB, conversion_seconds=1.25, conversion_cpu_seconds=cpu and 1.0)
    new = make_record(JOB, conversion_seconds=seconds, conversion_cpu_seconds=cpu)
    assert marks(old, new)["conversion"] is mark


@pytest.mark.parametrize(
    ("old", "new", "mark"),
    [
        (make_record(JOB), make_failure(JOB), Mark.NEWLY_FAILING),
        (make_failure(JOB), make_record(JOB), Mark.FIXED),
        (make_failure(JOB), make_failure(JOB, Status.CRASHED), Mark.STILL_FAILING),
    ],
)
def test_failures(old, new, mark):
    row = row_of(old, new)
    assert (row.mark, row.figures) == (mark, ())
    assert (row.why is None) is (mark is Mark.FIXED)


def test_new_and_gone_jobs():
    base = make_run(make_record("net/float32@tfjs"), make_record("net/float16@tfjs"))
    head = make_run(
        make_record("net/float32@tfjs"), make_record(JOB), make_failure("net/int8@tflite")
    )
    found = {row.job_id: (row.mark, row.why) for row in compare(base, head).rows}
    assert found == {
        "net/float32@tfjs": (Mark.SAME, None),
        JOB: (Mark.NEW, None),
        "net/int8@tflite": (Mark.NEW, "unsupported: Kernel 'Erfc' not registered"),
        "net/float16@tfjs": (Mark.GONE, None),
    }


def test_a_job_that_a_cut_short_run_did_not_reach_fails():
    base = make_run(make_record(JOB), make_failure("net/int8@tflite"))
    head = make_run(job_ids=[JOB, "net/int8@tflite", "net/uint16@tfjs"])
    found = {row.job_id: (row.mark, row.why) for row in compare(base, head).rows}
    assert found == {
        JOB: (Mark.NEWLY_FAILING, "the run ended before it"),
        "net/int8@tflite": (Mark.GONE, None),
        "net/uint16@tfjs": (Mark.NEW, "the run ended before it"),
    }


def test_a_job_with_several_runtimes_has_a_row_for_each():
    rows = [make_record(JOB, runtime=name) for name in ("node-wasm", "node-cpu")]
    slower = dataclasses.replace(rows[1], size_raw_bytes=5)
    comparison = compare(make_run(*rows), make_run(rows[0], slower))
    assert [(row.runtime, row.mark) for row in comparison.rows] == [
        ("node-wasm", Mark.SAME),
        ("node-cpu", Mark.BETTER),
    ]


def test_a_row_goes_by_its_worst_figure_then_by_its_best():
    old = make_record(JOB)
    mixed = make_record(JOB, size_brotli_bytes=1, sqnr_db=10.0)
    assert row_of(old, mixed).mark is Mark.WORSE
    slow = make_record(JOB, size_brotli_bytes=1, conversion_seconds=9.0)
    assert row_of(old, slow).mark is Mark.BETTER


def test_another_untouched_model_is_told():
    row = row_of(make_record(JOB), make_record(JOB, metric_reference=0.95))
    assert "the untouched model's metric differs" in row.why


def test_environments_that_differ_are_spelt_out():
    base = make_run(make_record(JOB))
    head = dataclasses.replace(
        base, environment={**base.environment, "cpu": "Another CPU", "node": "24"}
    )
    assert compare(base, head).environment == (
        ("cpu", "A CPU", "Another CPU"),
        ("node", None, "24"),
    )


@pytest.mark.parametrize(
    ("new", "worse", "failing"),
    [
        (make_record(JOB), False, False),
        (make_record(JOB, size_brotli_bytes=1), False, False),
        (make_record(JOB, size_brotli_bytes=10**6), True, False),
        (make_record(JOB, conversion_seconds=99.0), False, False),
        (make_failure(JOB), True, True),
    ],
)
def test_what_makes_a_comparison_a_failure(new, worse, failing):
    comparison = compare(make_run(make_record(JOB)), make_run(new))
    assert (comparison.worse, comparison.failing) == (worse, failing)
