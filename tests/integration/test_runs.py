"""Runs with the real stages: both Kerases in one suite, and what the store saves."""

import pytest

import sizewise
from sizewise.records import load_run
from sizewise.run import RunOptions, run_suite

MODULE = """\
import keras


def build():
    keras.utils.set_random_seed(0)
    return keras.Sequential([
        keras.Input((8, 8, 1)),
        keras.layers.Flatten(),
        keras.layers.Dense(16, activation="relu", name="hidden"),
        keras.layers.Dense(10, activation="softmax", name="classes"),
    ])
"""
SUITE = """\
suite: both
models:
  second: {source: "zoo:digits-cnn", data: "zoo:digits-cnn", metric: accuracy, max-drop: 90 pp}
  third:
    source: "dense:build"
    keras: 3
    data: "zoo:digits-cnn"
    metric: accuracy
    max-drop: 90 pp
transforms: [{prune: {sparsity: 0.8, finetune: {epochs: 1}}}]
encodings: {tfjs: [uint8]}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    (folder / "dense.py").write_text(MODULE)
    (folder / "suite.yaml").write_text(SUITE)
    return folder


def run(folder):
    from sizewise.config import load_suite

    options = RunOptions(store=str(folder / "store"))
    outcome = run_suite(
        load_suite(folder / "suite.yaml", {}), output=folder / "runs", options=options
    )
    return load_run(outcome.folder), outcome


def test_both_kerases_in_one_suite_each_trained_once(folder):
    first, _ = run(folder)
    rows = {row.model: row for row in first.records}
    assert {model: (row.status, row.reason) for model, row in rows.items()} == {
        "second": ("ok", None),
        "third": ("ok", None),
    }
    for row in rows.values():
        assert row.training_seconds > 0
        assert row.sparsity >= 0.65, "some kernels are left alone"
        assert row.conversion_seconds < row.training_seconds + 10

    suite = folder / "suite.yaml"
    suite.write_text(suite.read_text().replace("[uint8]", "[uint8, float32]"))
    second, outcome = run(folder)
    assert outcome.reused == 2
    for row in second.records:
        assert (row.status, row.training_seconds) == ("ok", rows[row.model].training_seconds)

    _, outcome = run(folder)
    assert outcome.reused == 4
    assert sizewise.load_run(outcome.folder).records == second.records
