import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.analysis import Verdict
from sizewise.analysis.recommend import Goal, recommend
from sizewise.analysis.standing import Criterion
from sizewise.domain import Limit, Status
from sizewise.errors import RecordsError
from support.rows import make_failure, make_record, make_run


def row(job_id, size, drop=0.0, low=None, high=None, **changes):
    low = drop - 0.002 if low is None else low
    high = drop + 0.002 if high is None else high
    return make_record(
        job_id,
        size_brotli_bytes=size,
        **{"metric_drop": drop, "metric_drop_low": low, "metric_drop_high": high} | changes,
    )


def name(candidate):
    return candidate and candidate.record.job_id


KWS = make_run(
    row("kws/float32@tfjs", 94_000),
    row("kws/float16@tfjs", 43_000, 0.001),
    row("kws/uint8@tfjs", 22_564, -0.002, -0.009, 0.004),
    row("kws/prune50/uint8@tfjs", 18_000, 0.006, -0.004, 0.016),
    row("kws/prune80/uint8@tfjs", 12_000, 0.26, 0.22, 0.30),
    make_failure("kws/float32@tflite"),
)


def test_the_smallest_that_is_shown_with_all_that_stands_around_it():
    (answer,) = recommend(KWS, max_drop=Limit(0.01))
    assert name(answer.best) == "kws/uint8@tfjs"
    assert name(answer.runner_up) == "kws/float16@tfjs"
    assert name(answer.next_smaller) == "kws/prune50/uint8@tfjs"
    assert answer.best.cost - answer.next_smaller.cost == 4_564
    assert answer.nearest is None
    assert [name(candidate) for candidate in answer.undecided] == ["kws/prune50/uint8@tfjs"]
    assert answer.undecided[0].samples_needed == 12_771
    assert [left.record.job_id for left in answer.left_out] == ["kws/float32@tflite"]
    assert answer.left_out[0].reason == "unsupported: Kernel 'Erfc' not registered"


def test_a_point_estimate_within_the_limit_is_not_enough():
    (answer,) = recommend(KWS, max_drop=Limit(0.007))
    assert answer.candidates[1].record.metric_drop < 0.007
    assert name(answer.best) == "kws/uint8@tfjs"


def test_a_wider_limit_takes_the_smaller_one():
    (answer,) = recommend(KWS, max_drop=Limit(0.02))
    assert name(answer.best) == "kws/prune50/uint8@tfjs"


def test_where_nothing_qualifies_the_nearest_is_named():
    (answer,) = recommend(KWS, max_drop=Limit(0.001))
    assert answer.best is None
    assert answer.runner_up is None
    assert answer.next_smaller is None
    # Upper ends 0.002, 0.003, 0.004, 0.016, 0.30: the first is nearest to 0.001.
    assert name(answer.nearest) == "kws/float32@tfjs"


def test_the_front_names_what_dominates_each_variant():
    (answer,) = recommend(KWS)
    assert answer.drift is Criterion.DROP
    by_job = {p.item.job_id: p.dominated_by and p.dominated_by.job_id for p in answer.front}
    assert by_job == {
        "kws/prune80/uint8@tfjs": None,
        "kws/prune50/uint8@tfjs": None,
        "kws/uint8@tfjs": None,
        "kws/float16@tfjs": "kws/uint8@tfjs",
        "kws/float32@tfjs": "kws/uint8@tfjs",
    }


def test_undecided_variants_larger_than_the_best_do_not_matter():
    run = make_run(row("a/uint8@tfjs", 10), row("a/float16@tfjs", 20, 0.0, -0.02, 0.02))
    assert recommend(run)[0].undecided == ()
    assert name(recommend(make_run(*run.records[1:]))[0].undecided[0]) == "a/float16@tfjs"


def test_all_limits_have_to_be_kept_together():
    run = make_run(
        row("a/uint8@tfjs", 10, agreement_low=0.99, sqnr_db=15.0),
        row("a/uint16@tfjs", 20, agreement_low=0.95, sqnr_db=40.0),
        row("a/float16@tfjs", 30, agreement_low=0.99, sqnr_db=40.0),
    )
    assert name(recommend(run, min_agreement=0.98)[0].best) == "a/uint8@tfjs"
    assert name(recommend(run, min_sqnr=20)[0].best) == "a/uint16@tfjs"
    assert name(recommend(run, min_sqnr=20, min_agreement=0.98)[0].best) == "a/float16@tfjs"


def unlabelled(job_id, size, **changes):
    gone = dict.fromkeys(
        ["metric", "metric_value", "metric_reference", "metric_drop", "metric_drop_low"]
    )
    return make_record(
        job_id, size_brotli_bytes=size, **gone, metric_drop_high=None, max_drop=None, **changes
    )


def test_without_labels_agreement_or_sqnr_decide():
    run = make_run(unlabelled("a/uint8@tfjs", 10, agreement=0.97, agreement_low=0.95))
    (answer,) = recommend(run)
    assert (answer.best, answer.nearest) == (None, None)
    assert answer.candidates[0].verdict is Verdict.UNKNOWN
    assert answer.drift is Criterion.AGREEMENT
    assert name(recommend(run, min_agreement=0.95)[0].best) == "a/uint8@tfjs"
    assert name(recommend(run, min_sqnr=100)[0].best) == "a/uint8@tfjs"
    assert recommend(run, max_drop=Limit(0.5))[0].best is None


@pytest.mark.parametrize(
    ("goal", "best"),
    [("brotli", "b"), ("gzip", "c"), ("raw", "a"), (Goal.LATENCY, "c")],
)
def test_what_is_to_be_small_is_a_choice(goal, best):
    def sized(encoding, brotli, gzip, raw, latency):
        return row(
            f"m/{encoding}@tfjs",
            brotli,
            size_gzip_bytes=gzip,
            size_raw_bytes=raw,
            latency_seconds=latency,
        )

    run = make_run(sized("a", 3, 2, 1, 0.3), sized("b", 1, 3, 2, 0.2), sized("c", 2, 1, 3, 0.1))
    assert recommend(run, optimize=goal)[0].best.record.encoding == best


def test_a_row_without_what_is_to_be_small_is_left_out():
    run = make_run(row("a/uint8@tfjs", 10, latency_seconds=None))
    (answer,) = recommend(run, optimize="latency")
    assert answer.left_out[0].reason == "its latency was not measured"
    assert (answer.best, answer.nearest, answer.front) == (None, None, ())


def test_each_model_has_an_answer_and_one_can_be_asked_for():
    run = make_run(row("b/uint8@tfjs", 1), row("a/uint8@tfjs", 2), row("a/int8@tflite", 1))
    assert [answer.model for answer in recommend(run)] == ["b", "a"]
    assert name(recommend(run, model="a")[0].best) == "a/int8@tflite"
    assert name(recommend(run, model="a", target="tfjs")[0].best) == "a/uint8@tfjs"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"model": "kwss"}, "no model 'kwss'; did you mean 'kws'"),
        ({"target": "tflight"}, "no target 'tflight'; did you mean 'tflite'"),
    ],
)
def test_a_misspelt_name_is_the_users_mistake(wanted, message):
    with pytest.raises(RecordsError, match=message):
        recommend(KWS, **wanted)


def test_a_run_without_rows_has_no_answer():
    with pytest.raises(RecordsError, match="no rows"):
        recommend(make_run())


def test_of_equal_sizes_the_smaller_raw_one():
    run = make_run(
        row("a/uint8@tfjs", 10, size_raw_bytes=30), row("a/int8@tflite", 10, size_raw_bytes=20)
    )
    assert name(recommend(run)[0].best) == "a/int8@tflite"


ROWS = st.lists(
    st.tuples(
        st.integers(1, 9),
        st.floats(-0.05, 0.05),
        st.floats(0, 0.05),
        st.sampled_from([Status.OK, Status.OK, Status.OK, Status.FAILED]),
    ),
    min_size=1,
    max_size=12,
)


@given(ROWS, st.floats(0, 0.05))
def test_the_recommended_never_exceeds_the_limit_and_nothing_smaller_qualifies(rows, limit):
    records = [
        row(f"m/e{index}@tfjs", size, drop, drop - half, drop + half, status=status)
        for index, (size, drop, half, status) in enumerate(rows)
    ]
    (answer,) = recommend(make_run(*records), max_drop=Limit(limit))
    fit = [r for r in records if r.status is Status.OK and r.metric_drop_high <= limit]
    if answer.best is None:
        assert not fit
        return
    chosen = answer.best.record
    assert chosen.metric_drop_high <= limit
    assert chosen.size_brotli_bytes == min(r.size_brotli_bytes for r in fit)
    if answer.next_smaller is not None:
        smaller = answer.next_smaller.record
        assert smaller.size_brotli_bytes < chosen.size_brotli_bytes
        assert smaller.metric_drop_high > limit
    if answer.runner_up is not None:
        assert answer.runner_up.record in fit
        assert answer.runner_up.cost >= answer.best.cost
