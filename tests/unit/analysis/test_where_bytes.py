from sizewise.analysis import summarise
from sizewise.analysis.where_bytes import Part, Share, representatives, where_bytes
from support.rows import make_failure, make_record, make_run

TFJS = {
    "files": ("model.json", "group1-shard1of2.bin", "group1-shard2of2.bin"),
    "file_sizes_bytes": (7_000, 60_000, 40_000),
    "size_raw_bytes": 107_000,
}


def test_a_tfjs_artifact_has_weights_and_topology():
    record = make_record(weight_bytes=100_000, **TFJS)
    assert where_bytes(record) == (Share(Part.WEIGHTS, 100_000), Share(Part.TOPOLOGY, 7_000))


def test_no_byte_counts_twice():
    record = make_record(weight_bytes=100_400, **TFJS)
    assert sum(share.size_bytes for share in where_bytes(record)) == 107_000
    assert where_bytes(record)[1] == Share(Part.TOPOLOGY, 7_000)


def test_what_is_left_is_overhead():
    record = make_record(
        "net/int8@tflite",
        files=("model.tflite",),
        file_sizes_bytes=(15_000,),
        size_raw_bytes=15_000,
        weight_bytes=12_000,
    )
    assert where_bytes(record) == (Share(Part.WEIGHTS, 12_000), Share(Part.OVERHEAD, 3_000))


def test_what_was_not_measured_has_no_parts():
    assert where_bytes(make_record(weight_bytes=None)) == ()
    assert where_bytes(make_failure("net/uint8@tfjs")) == ()


def rows_of(*records):
    (model,) = summarise(make_run(*records)).models
    return model.rows


def test_all_rows_from_the_smallest():
    rows = rows_of(
        make_record("net/float32@tfjs", size_brotli_bytes=90_000),
        make_record("net/uint8@tfjs", size_brotli_bytes=20_000),
        make_failure("net/uint16@tfjs"),
    )
    chosen = [row.record.encoding for row in representatives(rows, 10)]
    assert chosen == ["uint8", "float32"]


def test_where_there_are_too_many_each_encoding_has_one():
    # What ships, the untouched uint8, is neither the smallest nor the smallest of its encoding.
    lossy = {"metric_drop": 0.5, "metric_drop_low": 0.4, "metric_drop_high": 0.6}
    rows = rows_of(
        make_record("net/uint8@tfjs", size_brotli_bytes=20_000),
        *(
            make_record(f"net/prune{n}/uint8@tfjs", size_brotli_bytes=20_000 - n, **lossy)
            for n in range(1, 10)
        ),
        make_record("net/float32@tfjs", size_brotli_bytes=90_000),
    )
    chosen = [row.record.job_id for row in representatives(rows, 3)]
    assert chosen == ["net/prune9/uint8@tfjs", "net/uint8@tfjs", "net/float32@tfjs"]
