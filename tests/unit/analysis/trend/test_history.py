import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from sizewise.analysis.trend import Behaviour, ChangeKind, watch
from sizewise.domain import Status
from sizewise.records.history import load_history
from support.histories import (
    DRIFT,
    SLOWER,
    SLOWER_AT,
    STEP,
    STEP_AT,
    night_id,
    write_history,
)
from support.rows import make_failure, make_record, make_run

JOB = "net/uint8@tfjs"
FIRST = datetime(2026, 9, 1, 3, 12, tzinfo=UTC)


def nightly(*nights, suite="nightly"):
    """Runs of rows, a list for each night; None is a night without a run."""
    return [
        dataclasses.replace(
            make_run(*rows),
            suite=suite,
            run_id=night_id(night),
            started=FIRST + timedelta(days=night),
        )
        for night, rows in enumerate(nights)
        if rows is not None
    ]


def sized(size, **changes):
    return make_record(JOB, size_raw_bytes=size, **changes)


def changes_of(trend, figure="raw"):
    return [
        (trend.run_of(watched, change).run_id, change.kind, change.old, change.new)
        for watched, change in trend.changes()
        if watched.series.figure.name == figure
    ]


def series_of(trend, figure):
    return [each.series for each in trend.series if each.series.figure.name == figure]


def test_a_step_is_dated_to_its_run_whatever_the_order_of_the_runs():
    runs = nightly(*([sized(100)] for _ in range(5)), *([sized(103)] for _ in range(5)))
    trend = watch([*runs[7:], *runs[:7]])
    assert changes_of(trend) == [(night_id(5), ChangeKind.STEP, 100, 103)]
    ((watched, change),) = trend.changes()
    assert watched.worsens(change)
    assert trend.sure(change)
    assert [run.run_id for run in trend.runs] == [night_id(night) for night in range(10)]


def test_failures_and_missing_nights_are_gaps():
    failed = [make_failure(JOB)]
    runs = nightly([sized(100)], [sized(100)], failed, None, [], [sized(103)], [sized(103)])
    trend = watch(runs)
    (series,) = series_of(trend, "raw")
    assert series.places == (0, 1, 4, 5)
    assert changes_of(trend) == [(night_id(5), ChangeKind.STEP, 100, 103)]


def test_times_of_other_environments_are_other_series():
    rows = [[sized(100, environment=name)] for name in ["a", "b"] * 5]
    trend = watch(nightly(*rows))
    assert [series.condition for series in series_of(trend, "conversion")] == ["a", "b"]
    assert [series.places for series in series_of(trend, "conversion")] == [
        (0, 2, 4, 6, 8),
        (1, 3, 5, 7, 9),
    ]
    assert len(series_of(trend, "raw")) == 1


def test_compressed_sizes_of_other_compressors_are_other_series():
    rows = [[sized(100, compression=f"brotli {level}")] for level in [5, 5, 11, 11]]
    trend = watch(nightly(*rows))
    assert [series.places for series in series_of(trend, "brotli")] == [(0, 1), (2, 3)]
    assert len(series_of(trend, "raw")) == 1


def test_suites_and_runtimes_do_not_mix():
    both = [make_record(JOB, runtime=name) for name in ("node-wasm", "node-cpu")]
    runs = nightly(both, both[:1]) + nightly([sized(100)], suite="weekly")
    trend = watch(runs)
    assert {(series.suite, series.runtime) for series in series_of(trend, "raw")} == {
        ("nightly", "node-wasm"),
        ("nightly", "node-cpu"),
        ("weekly", None),
    }


def test_a_new_toolchain_at_a_step_is_told():
    runs = nightly(*([sized(100)] for _ in range(4)), *([sized(103)] for _ in range(4)))
    moved = [
        run if number < 4 else dataclasses.replace(run, fingerprint="beef")
        for number, run in enumerate(runs)
    ]
    for trend, told in ((watch(runs), False), (watch(moved), True)):
        ((watched, change),) = trend.changes()
        assert trend.elsewhere(watched, change) is told


def test_a_job_that_fails_and_since_when():
    crash = make_failure(JOB, Status.CRASHED, "died of SIGSEGV")
    runs = nightly([sized(100)], [crash], [sized(100)], [make_failure(JOB)], None, [crash])
    (failing,) = watch(runs).failing
    assert (failing.job_id, failing.since) == (JOB, 3)
    assert failing.reason == "crashed: died of SIGSEGV"


@pytest.mark.parametrize(
    "last", [[sized(100)], [make_record("net/float32@tfjs")]], ids=["works again", "is gone"]
)
def test_what_works_again_or_is_gone_does_not_fail(last):
    assert watch(nightly([sized(100)], [make_failure(JOB)], last)).failing == ()


def test_a_metric_that_falls_is_worse_and_an_error_that_falls_is_better():
    def judged(metric, value, drop):
        return [
            make_record(
                JOB,
                metric=metric,
                metric_value=value,
                metric_reference=value - drop,
                metric_drop=drop,
            )
        ]

    accuracy = [*[judged("accuracy", 0.9, 0.0)] * 3, *[judged("accuracy", 0.8, 0.0)] * 3]
    error = [*[judged("mae", 9.0, 1.0)] * 3, *[judged("mae", 8.0, 0.5)] * 3]
    for nights, worse in ((accuracy, True), (error, False)):
        trend = watch(nightly(*nights))
        ((watched, change),) = [
            pair for pair in trend.changes() if pair[0].series.figure.name == "metric"
        ]
        assert watched.worsens(change) is worse


def test_one_run_and_runs_of_the_same_moment():
    assert {each.verdict.behaviour for each in watch(nightly([sized(100)])).series} == {
        Behaviour.CONSTANT
    }
    same = [dataclasses.replace(run, started=FIRST) for run in nightly(*[[sized(100)]] * 9)]
    assert not list(watch(same).changes())


def test_a_planted_history(tmp_path):
    """A step of 3 % in size, one of 10 % in time under 8 % noise, a drift of 0.1 % a night."""
    trend = watch(load_history(write_history(tmp_path, seed=9)).runs)
    found = {
        (watched.series.job_id, watched.series.figure.name): change
        for watched, change in trend.changes()
    }
    for figure in ("raw", "brotli"):
        step = found.pop((STEP, figure))
        assert (step.kind, step.place) == (ChangeKind.STEP, STEP_AT)
        assert step.new / step.old == pytest.approx(1.03, rel=1e-4)
        drift = found.pop((DRIFT, figure))
        assert drift.kind is ChangeKind.DRIFT
        assert drift.per_run == pytest.approx(0.001, rel=0.02)
    slower = found.pop((SLOWER, "conversion"))
    assert slower.kind is ChangeKind.STEP
    assert abs(slower.place - SLOWER_AT) <= 2
    assert slower.new / slower.old == pytest.approx(1.1, rel=0.05)
    found.pop((SLOWER, "conversion CPU"))
    noise_only = 48 * 3 - 2
    assert len(found) <= 0.05 * noise_only
    assert {figure for _, figure in found} <= {"conversion", "conversion CPU", "latency"}
    assert not any(trend.sure(change) for change in found.values())
