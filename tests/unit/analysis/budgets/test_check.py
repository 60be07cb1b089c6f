from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.analysis.budgets import Outcome, check
from sizewise.domain import Status
from sizewise.errors import SuiteError
from support.budgets import written
from support.rows import make_failure, make_record, make_run

JOB = "net/uint8@tfjs"
ELSEWHERE = "0ther"


def finding(limit, run, *baselines):
    """The one finding on a budget of the job that says this."""
    (found,) = check(run, written(f'  "{JOB}": {{{limit}}}\n'), baselines).findings
    return found


def outcome(limit, row, *baselines):
    return finding(limit, make_run(row), *(make_run(base) for base in baselines)).outcome


def row(**changes):
    return make_record(JOB, **changes)


ABSOLUTE = [
    ("brotli: 25 kB", {"size_brotli_bytes": 25_000}, "kept"),
    ("brotli: 25 kB", {"size_brotli_bytes": 25_001}, "broken"),
    ("brotli: 25 KiB", {"size_brotli_bytes": 25_600}, "kept"),
    ("brotli: 25 KiB", {"size_brotli_bytes": 25_601}, "broken"),
    ("gzip: {max: 25 kB, min: 20 kB}", {"size_gzip_bytes": 19_999}, "broken"),
    ("gzip: {max: 25 kB, min: 20 kB}", {"size_gzip_bytes": 20_000}, "kept"),
    ("raw: 300", {"size_raw_bytes": 300}, "kept"),
    ("file: 4 MB", {"file_sizes_bytes": (100, 4_000_000)}, "kept"),
    ("file: 4 MB", {"file_sizes_bytes": (100, 4_000_001)}, "broken"),
    ("total-files: 2", {"files": ("a", "b")}, "kept"),
    ("total-files: 1", {"files": ("a", "b")}, "broken"),
    ("drop: 1 pp", {"metric_drop": 0.01}, "kept"),
    ("drop: 1 pp", {"metric_drop": 0.923 - 0.913}, "kept"),
    ("drop: 1 pp", {"metric_drop": 0.0101}, "broken"),
    ("drop: 1 %", {"metric_drop": 0.00913}, "kept"),
    ("drop: 1 %", {"metric_drop": 0.0092}, "broken"),
    ("drop: 0.01", {"metric_drop": 0.011}, "broken"),
    ("drop-shown: 1 pp", {"metric_drop": 0.0, "metric_drop_high": 0.011}, "broken"),
    ("drop-shown: 1 pp", {"metric_drop": 0.0, "metric_drop_high": 0.009}, "kept"),
    ("agreement: 98 %", {"agreement": 0.98}, "kept"),
    ("agreement: 98 %", {"agreement": 0.979}, "broken"),
    ("agreement-shown: 98 %", {"agreement": 0.99, "agreement_low": 0.979}, "broken"),
    ("sqnr: 20 dB", {"sqnr_db": 19.9}, "broken"),
    ("sqnr: 20 dB", {"sqnr_db": 20.0}, "kept"),
    ("sqnr: 20 dB", {"sqnr_db": None, "max_abs_error": 0.0}, "kept"),
    ("sqnr: 20 dB", {"sqnr_db": None, "max_abs_error": 0.5}, "not measured"),
    ("agreement: 98 %", {"agreement": None}, "not measured"),
    ("file: 4 MB", {"file_sizes_bytes": ()}, "not measured"),
]


@pytest.mark.parametrize(("limit", "changes", "expected"), ABSOLUTE)
def test_absolute_limits_gate_exactly(limit, changes, expected):
    assert outcome(limit, row(**changes)) == expected


def test_a_drop_needs_labels():
    unlabelled = row(metric=None, metric_value=None, metric_reference=None, metric_drop=None)
    found = finding("drop: 1 %", make_run(unlabelled))
    assert found.outcome is Outcome.NOT_MEASURED
    assert (
        found.reason == "the model has no labels to judge by: limit its agreement or sqnr instead"
    )
    assert outcome("agreement: 98 %", unlabelled) is Outcome.KEPT


RELATIVE = [
    ("brotli: +0 %", {"size_brotli_bytes": 1000}, {"size_brotli_bytes": 1000}, "kept"),
    ("brotli: +0 %", {"size_brotli_bytes": 1001}, {"size_brotli_bytes": 1000}, "broken"),
    ("brotli: +0 %", {"size_brotli_bytes": 10}, {"size_brotli_bytes": 1000}, "kept"),
    ("brotli: ±2 %", {"size_brotli_bytes": 980}, {"size_brotli_bytes": 1000}, "kept"),
    ("brotli: ±2 %", {"size_brotli_bytes": 979}, {"size_brotli_bytes": 1000}, "broken"),
    ("brotli: ±2 %", {"size_brotli_bytes": 1021}, {"size_brotli_bytes": 1000}, "broken"),
    ("raw: +10 B", {"size_raw_bytes": 1010}, {"size_raw_bytes": 1000}, "kept"),
    ("raw: -1 kB", {"size_raw_bytes": 9001}, {"size_raw_bytes": 10_000}, "broken"),
    ("total-files: +0 %", {"files": ("a", "b", "c")}, {"files": ("a", "b")}, "broken"),
    ("drop: +0.5 pp", {"metric_drop": 0.0151}, {"metric_drop": 0.01}, "broken"),
    ("drop: +0.5 pp", {"metric_drop": 0.015}, {"metric_drop": 0.01}, "kept"),
    ("drop: +1 %", {"metric_drop": 0.0192}, {"metric_drop": 0.01}, "broken"),
    ("agreement: -1 pp", {"agreement": 0.98}, {"agreement": 0.99}, "kept"),
    ("agreement: -1 pp", {"agreement": 0.979}, {"agreement": 0.99}, "broken"),
    ("sqnr: -1 dB", {"sqnr_db": 28.9}, {"sqnr_db": 30.0}, "broken"),
    ("sqnr: -1 dB", {"sqnr_db": 40.0}, {"sqnr_db": None, "max_abs_error": 0.0}, "broken"),
]


@pytest.mark.parametrize(("limit", "changes", "base", "expected"), RELATIVE)
def test_relative_limits_count_from_the_baseline(limit, changes, base, expected):
    assert outcome(limit, row(**changes), row(**base)) == expected


def test_a_set_budget_counts_from_what_is_written_and_needs_no_baseline():
    limit = "brotli: {set: 1000 B, max: +5 %}"
    for size in range(1000, 1051, 10):
        assert outcome(limit, row(size_brotli_bytes=size)) is Outcome.KEPT
    grown, before = row(size_brotli_bytes=1051), row(size_brotli_bytes=1050)
    assert outcome(limit, grown, before) is Outcome.BROKEN


def test_a_finding_tells_the_figures():
    base = make_run(row(size_brotli_bytes=1000))
    found = finding("brotli: {max: +1 %, min: -5 %}", make_run(row(size_brotli_bytes=1100)), base)
    assert (found.actual, found.base, found.change) == (1100, 1000, 100)
    assert (found.low, found.high) == (950, 1010)
    assert (found.runtime, found.metric, found.reason) == ("node-wasm", "accuracy", None)
    assert str(found.rule.at) == "budgets.yml:2"


def test_an_absolute_budget_still_tells_what_the_baseline_had():
    base = make_run(row(size_brotli_bytes=1000))
    assert finding("brotli: 2 kB", make_run(row(size_brotli_bytes=900)), base).change == -100


INCOMPARABLE = [
    ("brotli: +0 %", {"compression": "gzip 6 (zlib 1.3), brotli 11 (1.1.0)"}, "brotli 5 (1.1.0)"),
    ("drop: +0 pp", {"samples": 500}, "in the baseline on 500"),
    ("drop: +0 pp", {"metric": "auc"}, "in the baseline by auc"),
    ("latency: 1.5x", {"environment": ELSEWHERE}, "another environment"),
    ("conversion: 1.5x", {"environment": ELSEWHERE}, "another environment"),
    ("brotli: +0 %", {"status": Status.FAILED}, "the baseline has no brotli for it: failed"),
    ("brotli: +0 %", {"size_brotli_bytes": None}, "the baseline has no brotli"),
    ("brotli: +0 %", {"runtime": "node-cpu"}, "ok in node-cpu"),
    ("brotli: +0 %", {"job_id": "net/uint16@tfjs"}, "a new job"),
]


@pytest.mark.parametrize(("limit", "changes", "reason"), INCOMPARABLE)
def test_what_cannot_be_compared_is_no_failure(limit, changes, reason):
    now = row(compression="gzip 6 (zlib 1.3), brotli 5 (1.1.0)", latency_seconds=9.0)
    base = replace(now, **changes)
    judgement = check(make_run(now), written(f'  "{JOB}": {{{limit}}}\n'), [make_run(base)])
    assert judgement.findings[0].outcome is Outcome.INCOMPARABLE
    assert reason in judgement.findings[0].reason
    assert judgement.exit_code == 0


def test_another_compressor_of_gzip_does_not_matter_to_brotli():
    now = row(compression="gzip 6 (zlib 1.3), brotli 5 (1.1.0)")
    base = replace(now, compression="gzip 6 (zlib 1.2), brotli 5 (1.1.0)")
    assert outcome("brotli: +0 %", now, base) is Outcome.KEPT
    assert outcome("gzip: +0 %", now, base) is Outcome.INCOMPARABLE


def test_another_environment_is_spelt_out():
    now = make_run(row(latency_seconds=1.0))
    base = replace(
        make_run(row(environment=ELSEWHERE)),
        environment={**now.environment, "cpu": "Another", "cores": 64},
    )
    assert finding("latency: 1.5x", now, base).reason == (
        "another environment: cpu is A CPU, in the baseline Another; cores is 2, in the baseline 64"
    )


def times(median, count=30, spread=0.08, seed=1):
    drawn = np.random.default_rng(seed).normal(median, spread * median, count)
    values = tuple(float(value) for value in drawn)
    return {"latencies_seconds": values, "latency_seconds": float(np.median(values))}


@pytest.mark.parametrize(
    ("limit", "now", "expected"),
    [
        ("latency: 1.2x", times(1.5), "broken"),
        ("latency: +20 %", times(1.5), "broken"),
        ("latency: 1.2x", times(1.1), "kept"),
        ("latency: 1.2x", times(0.5), "kept"),
        ("latency: ±20 %", times(0.5), "broken"),
        ("latency: 1.0x", times(1.02, count=6), "undecided"),
    ],
)
def test_a_latency_is_beyond_only_if_the_samples_show_it(limit, now, expected):
    assert outcome(limit, row(**now), row(**times(1.0, seed=2))) == expected


def test_noise_alone_breaks_no_budget_more_often_than_it_says():
    broken = [
        outcome("latency: 1.0x", row(**times(1.0, seed=seed)), row(**times(1.0, seed=seed + 500)))
        is Outcome.BROKEN
        for seed in range(200)
    ]
    assert np.mean(broken) <= 0.09


def test_one_conversion_against_one_shows_nothing():
    slow, fast = row(conversion_seconds=3.0), row(conversion_seconds=1.0)
    found = finding("conversion: 1.5x", make_run(slow), make_run(fast))
    assert found.outcome is Outcome.UNDECIDED
    assert "1 against 19 could" in found.reason
    assert (found.base, found.high) == (1, Decimal("1.5"))


@pytest.mark.parametrize(("count", "expected"), [(18, "undecided"), (19, "broken")])
def test_nineteen_baselines_show_a_slower_conversion(count, expected):
    bases = [make_run(row(conversion_seconds=1.0 + n / 1000)) for n in range(count)]
    found = finding("conversion: 1.5x", make_run(row(conversion_seconds=3.0)), *bases)
    assert found.outcome == expected


def test_times_use_all_baselines_alike_and_bytes_the_newest():
    old = make_run(row(size_brotli_bytes=500, conversion_seconds=1.0))
    new = replace(
        make_run(row(size_brotli_bytes=1000, conversion_seconds=3.0)),
        started=old.started + timedelta(days=1),
    )
    other = make_run(row(conversion_seconds=100.0, environment=ELSEWHERE))
    now = make_run(row(size_brotli_bytes=1000, conversion_seconds=2.0))
    assert finding("brotli: +0 %", now, old, new, other).base == 1000
    assert finding("conversion: 1.5x", now, old, new, other).base == 2


@pytest.mark.parametrize(("seconds", "expected"), [(1.49, "kept"), (1.51, "broken")])
def test_a_conversion_gates_as_a_ratio_within_the_run(seconds, expected):
    run = make_run(
        make_record("net/float32@tfjs", conversion_seconds=1.0),
        make_record("net/prune50/float32@tfjs", conversion_seconds=0.1),
        row(conversion_seconds=seconds),
    )
    assert finding("conversion: 1.5x float32", run).outcome == expected


def test_a_latency_within_the_run_is_tested_on_its_samples():
    float32 = make_record("net/float32@tfjs", **times(1.0, seed=2))
    slow, noisy = row(**times(1.5)), row(**times(1.02, count=6))
    limit = "latency: 1.0x float32"
    assert finding(limit, make_run(float32, slow)).outcome is Outcome.BROKEN
    assert finding(limit, make_run(float32, noisy)).outcome is Outcome.UNDECIDED


def test_without_a_float32_row_a_ratio_is_not_measured():
    run = make_run(make_record("net/prune50/float32@tfjs"), row())
    judgement = check(run, written(f'  "{JOB}": {{conversion: 2x float32}}\n'))
    assert judgement.findings[0].reason.startswith("the run has no float32 row")
    assert judgement.exit_code == 3


def test_a_job_that_failed_is_not_measured():
    run = make_run(make_failure(JOB))
    judgement = check(run, written(f'  "{JOB}": {{brotli: 1 MB, drop: 1 pp}}\n'))
    assert [found.outcome for found in judgement.findings] == [Outcome.NOT_MEASURED] * 2
    assert judgement.findings[0].reason == "unsupported: Kernel 'Erfc' not registered"
    assert judgement.exit_code == 3


def test_a_planned_job_without_a_row_is_not_measured():
    run = make_run(make_record("net/float32@tfjs"), job_ids=["net/float32@tfjs", JOB])
    judgement = check(run, written('  "**": {brotli: 1 MB}\n'))
    assert [found.outcome for found in judgement.findings] == [Outcome.KEPT, Outcome.NOT_MEASURED]
    assert judgement.findings[1].reason == "the run has no row of this job"
    assert judgement.exit_code == 3


def test_a_broken_budget_outweighs_a_job_that_failed():
    run = make_run(row(size_brotli_bytes=2000), make_failure("net/float32@tfjs"))
    assert check(run, written('  "**": {brotli: 1 kB}\n')).exit_code == 1


def test_a_job_that_cannot_be_made_is_not_budgeted():
    illegal = make_failure("net/int8@tfjs", status=Status.ILLEGAL)
    run = make_run(row(), illegal)
    assert check(run, written('  "**": {brotli: 1 MB}\n')).exit_code == 0
    with pytest.raises(SuiteError, match="matches no job"):
        check(run, written('  "net/int8@tfjs": {brotli: 1 MB}\n'))


def test_an_empty_run_measured_nothing():
    judgement = check(make_run(), written('  "**": {brotli: 1 MB}\n'))
    assert (judgement.findings, judgement.exit_code) == ((), 3)


def test_every_budget_that_matches_counts():
    run = make_run(row(size_brotli_bytes=1500))
    judgement = check(run, written('  "net/*": {brotli: 1 kB}\n  "**": {brotli: 2 kB}\n'))
    assert [found.outcome for found in judgement.findings] == [Outcome.BROKEN, Outcome.KEPT]
    assert judgement.counts[Outcome.BROKEN] == 1
    assert judgement.of(Outcome.KEPT) == judgement.findings[1:]


def test_jobs_without_a_budget_are_told():
    run = make_run(row(), make_record("net/float32@tfjs"))
    assert check(run, written(f'  "{JOB}": {{raw: 1 MB}}\n')).unguarded == ("net/float32@tfjs",)


def test_budgets_that_match_nothing_are_told_at_once():
    text = '  "kws/**": {raw: 1 MB}\n  "net/unit8@tfjs": {raw: 1 MB}\n  "**": {raw: 1 MB}\n'
    with pytest.raises(SuiteError) as caught:
        check(make_run(row()), written(text))
    nearest = "the nearest is 'net/uint8@tfjs'"
    assert str(caught.value).splitlines() == [
        f"budgets.yml:2: the budget 'kws/**' matches no job of the run; {nearest}",
        f"budgets.yml:3: the budget 'net/unit8@tfjs' matches no job of the run; {nearest}",
    ]


def test_a_relative_budget_needs_a_baseline():
    with pytest.raises(SuiteError, match=r"budgets\.yml:2: raw is limited against a baseline"):
        check(make_run(row()), written('  "**": {raw: +0 %}\n'))


def test_points_are_for_shares_only():
    run = make_run(row(metric="mae"))
    with pytest.raises(SuiteError, match=r"budgets\.yml:2: mae has no percentage points"):
        check(run, written('  "**": {drop: 1 pp}\n'))
    assert check(run, written('  "**": {agreement: 98 %}\n')).exit_code == 0


def test_a_share_of_a_reference_that_is_not_known_is_not_measured():
    assert outcome("drop: 1 %", row(metric_reference=None)) is Outcome.NOT_MEASURED


SIZES = st.integers(0, 10**12)


@given(SIZES, SIZES, st.integers(0, 400))
def test_relative_sizes_are_exact_at_every_size(now, base, quarters):
    """In whole numbers: 4 · 100 · now against (4 · 100 + quarters) · base."""
    limit = f"brotli: +{quarters / 4} %"
    found = outcome(limit, row(size_brotli_bytes=now), row(size_brotli_bytes=base))
    assert (found is Outcome.KEPT) == (400 * now <= (400 + quarters) * base)
