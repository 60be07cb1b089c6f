"""Transforms and encodings together, through whole runs: what is in the bytes, and at what cost."""

from __future__ import annotations

import brotli
import pytest

from sizewise.records import load_run
from support.terminal import sizewise

DIGITS = """\
suite: compressed
models:
  digits: {source: zoo:digits-cnn, data: zoo:digits-cnn, metric: accuracy}
transforms: [none, prune80ft3, cluster16, prune50ft3+cluster16, qat3]
encodings:
  tfjs: [uint8]
  tflite: [int8]
"""
KWS = """\
suite: compressed-kws
models:
  kws: {source: FOLDER/saved_model, data: FOLDER/kws01.npz, metric: accuracy}
transforms: [none, prune50, cluster32]
encodings:
  tfjs: [uint8]
  tflite: [float32]
"""


def run(folder, text):
    """The rows of a suite by their ids, and the folder of its run."""
    (folder / "suite.yaml").write_text(text)
    ended = sizewise("run", folder / "suite.yaml", "--output", folder / "runs")
    assert ended.returncode == 0, ended.stderr
    found = load_run(next((folder / "runs").iterdir()))
    return {row.job_id: row for row in found.records}, found.path


@pytest.fixture(scope="module")
def digits(tmp_path_factory, shared_cache):
    return run(tmp_path_factory.mktemp("digits"), DIGITS)


@pytest.fixture(scope="module")
def keywords(kws, tmp_path_factory, shared_cache):
    return run(tmp_path_factory.mktemp("keywords"), KWS.replace("FOLDER", str(kws)))


def shards(digits, transform):
    """Bytes of the weight files of an artifact, each in brotli as a server sends it."""
    rows, folder = digits
    row = rows[f"digits/{transform}/uint8@tfjs".replace("/none/", "/")]
    files = (folder / row.artifact_path).glob("*.bin")
    return sum(len(brotli.compress(file.read_bytes(), quality=5)) for file in files)


@pytest.mark.parametrize(
    ("transform", "share"),
    [("prune80ft3", 0.45), ("cluster16", 0.72), ("prune50ft3+cluster16", 0.6)],
)
def test_weight_files_shrink(digits, transform, share):
    assert shards(digits, transform) <= share * shards(digits, "none")


@pytest.mark.parametrize(
    "job",
    [
        "digits/prune80ft3/uint8@tfjs",
        "digits/cluster16/uint8@tfjs",
        "digits/prune50ft3+cluster16/uint8@tfjs",
        "digits/qat3/int8@tflite",
    ],
)
def test_held_out_accuracy_stays_within_a_point(digits, job):
    row = digits[0][job]
    assert (row.status, row.flags, row.samples) == ("ok", (), 719)
    assert row.metric_drop <= 0.01


def test_what_was_done_is_in_the_bytes(digits):
    rows, _ = digits
    assert rows["digits/prune80ft3/uint8@tfjs"].sparsity >= 0.77
    assert rows["digits/cluster16/uint8@tfjs"].distinct_values <= 16
    both = rows["digits/prune50ft3+cluster16/uint8@tfjs"]
    assert both.distinct_values <= 16
    assert both.sparsity >= 0.48
    assert rows["digits/qat3/int8@tflite"].quantized_share > 0.9


def test_training_time_stands_on_its_own(digits):
    row = digits[0]["digits/prune80ft3/uint8@tfjs"]
    assert row.training_seconds > 0
    parts = (row.open_seconds, row.freeze_seconds, row.transform_seconds)
    rest = (row.optimise_seconds, row.encode_seconds)
    assert row.conversion_seconds == pytest.approx(sum(parts) + sum(rest))


@pytest.mark.parametrize("target", ["uint8@tfjs", "float32@tflite"])
def test_a_graph_without_training_data_is_compressed_and_told_honestly(keywords, target):
    rows, _ = keywords
    pruned, clustered = rows[f"kws/prune50/{target}"], rows[f"kws/cluster32/{target}"]
    assert pruned.sparsity >= 0.49
    assert clustered.distinct_values <= 32
    for row in (pruned, clustered):
        assert (row.status, row.flags) == ("ok", ())
        assert row.metric_drop_low <= row.metric_drop <= row.metric_drop_high
        assert row.size_brotli_bytes < rows[f"kws/{target}"].size_brotli_bytes
    # Half of the weights of a network that was never trained without them cannot be missed.
    assert pruned.metric_drop > 0.5 > clustered.metric_drop
