import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sizewise.analysis import Verdict, summarise
from support.rows import make_failure, make_record, make_run


def sized(job_id, brotli, **changes):
    return make_record(
        job_id, **{"size_brotli_bytes": brotli, "size_raw_bytes": brotli and brotli * 2} | changes
    )


def lossy(job_id, brotli, high, **changes):
    return sized(job_id, brotli, metric_drop=0.0, metric_drop_high=high, **changes)


def only(run):
    (model,) = summarise(run).models
    return model


def ids(rows):
    return [row.record.job_id for row in rows]


def test_models_targets_and_rows_keep_their_order():
    run = make_run(
        make_record("b/uint8@tfjs"),
        make_record("a/float32@tflite"),
        make_record("b/float32@tflite"),
        make_record("b/prune50/float32@tfjs"),
    )
    summary = summarise(run)
    assert [model.name for model in summary.models] == ["b", "a"]
    assert [target.target for target in summary.models[0].targets] == ["tfjs", "tflite"]
    assert ids(summary.models[0].rows) == [
        "b/uint8@tfjs",
        "b/prune50/float32@tfjs",
        "b/float32@tflite",
    ]


def test_times_smaller_is_against_the_same_targets_plain_float32():
    model = only(
        make_run(
            sized("net/prune50/float32@tfjs", 60),
            sized("net/float32@tfjs", 100),
            sized("net/uint8@tfjs", 25, size_raw_bytes=80),
            sized("net/float32@tflite", 90),
            sized("net/int8@tflite", 30),
        )
    )
    assert [row.times_smaller for row in model.rows] == [100 / 60, 1, 4, 1, 3]
    assert model.rows[2].times_smaller_raw == 200 / 80


@pytest.mark.parametrize("plain", [None, 0])
def test_nothing_is_smaller_than_what_has_no_size(plain):
    model = only(make_run(sized("net/float32@tfjs", plain), sized("net/uint8@tfjs", 25)))
    assert [row.times_smaller for row in model.rows] == [None, None]


def test_without_a_plain_float32_there_is_no_ratio():
    model = only(make_run(sized("net/prune50/float32@tfjs", 60), sized("net/uint8@tflite", 25)))
    assert [row.times_smaller for row in model.rows] == [None, None]


def test_the_smallest_is_the_one_whose_loss_is_shown_to_be_small():
    model = only(
        make_run(
            lossy("net/float32@tfjs", 100, 0.0),
            lossy("net/float16@tfjs", 50, 0.009),
            lossy("net/uint8@tfjs", 25, 0.011),
            lossy("net/float32@tflite", 90, 0.0),
            lossy("net/int8@tflite", 30, 0.01),
            make_failure("net/float16@tflite"),
        )
    )
    assert [t.smallest.record.job_id for t in model.targets] == [
        "net/float16@tfjs",
        "net/int8@tflite",
    ]
    assert model.smallest.record.job_id == "net/int8@tflite"
    assert [row.verdict for row in model.rows] == [
        Verdict.WITHIN,
        Verdict.WITHIN,
        Verdict.UNDECIDED,
        Verdict.WITHIN,
        Verdict.WITHIN,
        Verdict.UNKNOWN,
    ]
    assert sum(row.smallest for row in model.rows) == 1
    assert sum(row.smallest_of_target for row in model.rows) == 2


def test_of_equal_sizes_the_smaller_raw_one_then_the_first():
    rows = [
        sized("net/float32@tfjs", 10, size_raw_bytes=30),
        sized("net/float16@tfjs", 10, size_raw_bytes=20),
        sized("net/uint16@tfjs", 10, size_raw_bytes=20),
    ]
    assert only(make_run(*rows)).smallest.record.job_id == "net/float16@tfjs"


def test_without_labels_nothing_is_recommended():
    row = make_record(
        metric_value=None,
        metric_reference=None,
        metric_drop=None,
        metric_drop_low=None,
        metric_drop_high=None,
        max_drop=None,
    )
    model = only(make_run(row))
    assert model.smallest is None
    assert model.metric_reference is None


def test_the_reference_is_known_as_long_as_one_row_has_it():
    model = only(make_run(make_failure("net/float32@tfjs"), make_record("net/uint8@tfjs")))
    assert (model.metric_reference, model.max_drop, model.samples) == (0.913, 0.01, 1000)


def test_failures_are_the_rows_without_figures():
    summary = summarise(
        make_run(
            make_failure("a/float32@tfjs"),
            make_record("a/uint8@tfjs"),
            make_failure("b/int8@tflite"),
        )
    )
    assert ids(summary.failures) == ["a/float32@tfjs", "b/int8@tflite"]
    assert ids(summary.models[0].failures) == ["a/float32@tfjs"]
    assert summary.models[1].smallest is None


def test_an_empty_run_has_no_models():
    assert summarise(make_run()).models == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["tfjs", "tflite"]), st.none() | st.integers(0, 9), st.floats(-1, 1)
        ),
        min_size=1,
    )
)
def test_no_row_within_the_limit_is_smaller_than_the_marked_one(rows):
    model = only(
        make_run(*(lossy(f"net/e{n}@{t}", size, high) for n, (t, size, high) in enumerate(rows)))
    )
    fit = [
        row.record.size_brotli_bytes
        for row in model.rows
        if row.verdict is Verdict.WITHIN and row.record.size_brotli_bytes is not None
    ]
    assert (model.smallest.record.size_brotli_bytes if model.smallest else None) == min(
        fit, default=None
    )


def test_verdicts_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        only(make_run(make_record())).rows[0].smallest = True
